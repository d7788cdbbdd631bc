/** Every sentence of the timeline. */
import { gettext, ngettext } from '../lib/gettext.js';
import { inSeconds, milliseconds } from '../lib/text.js';

/** "0.5 s", with enough digits to tell two ticks apart. @param {number} seconds @param {number} step */
export function tick(seconds, step) {
  return step < 0.01 ? milliseconds(seconds, digits(step * 1000)) : inSeconds(seconds, digits(step));
}

/** How many digits a step has after the point. @param {number} step  1, 2 or 5 times a power of ten. */
const digits = (step) => Math.max(0, -Math.floor(Math.log10(step) + 1e-9));

/** The thread's name in Python: the same in every language. */
export const MAIN_THREAD = 'main';

export const FLOOR = gettext('floor');

/** @param {number} count */
export const size = (count) =>
  count ? ngettext('%(num)s download', '%(num)s downloads', count) : gettext('No download yet');
