/** Every sentence of a replay. */
import { gettext } from '../lib/gettext.js';
import { duration as inWords } from '../lib/text.js';

export const PLAY = gettext('Play');
export const PAUSE = gettext('Pause');

/** "× 1/20" @param {number} part */
export const speed = (part) => (part === 1 ? '× 1' : `× 1/${Math.round(1 / part)}`);

/** @param {number} now @param {number} duration  Seconds. */
export const moment = (now, duration) => gettext('%(now)s of %(duration)s', { now: inWords(now), duration: inWords(duration) });
