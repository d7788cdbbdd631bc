/** Every sentence of the gallery. */
import { gettext } from '../lib/gettext.js';
import { flags } from '../lib/text.js';

/** @param {number} some @param {number} all */
export const shown = (some, all) =>
  some === all ? flags(all) : gettext('%(some)s of %(all)s', { some, all: flags(all) });
