/** @import { Bar } from './lanes.js' */
/** Every sentence of the timeline. */
import { gettext, ngettext } from '../lib/gettext.js';
import { STATUS, cause, country, duration, inSeconds, milliseconds, size as bytesOf } from '../lib/text.js';

/** "0.5 s", with the digits that tell one tick from the next. @param {number} seconds @param {number} step */
export function tick(seconds, step) {
  if (step < 0.01) return milliseconds(seconds);
  return inSeconds(seconds, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
}

/** @param {Bar} bar */
export function outcome({ row: { status, detail }, held }) {
  if (held) return gettext('done, its result waits for those before it');
  return status === 'error' && detail ? `${STATUS.error}: ${cause(detail)}` : STATUS[status];
}

/** Who downloaded it, when, for how long and how much. @param {Bar} bar */
export function course(bar) {
  const { attempts, bytes } = bar.row;
  return [
    gettext('worker %(number)s', { number: bar.lane }),
    gettext('started at %(time)s', { time: duration(bar.start) }),
    ...times(bar),
    attempts && ngettext('%(num)s attempt', '%(num)s attempts', attempts),
    bytes && bytesOf(bytes),
  ].filter(Boolean);
}

/** @param {Bar} bar */
function times({ row: { finished, first_byte }, start, answer, end, held }) {
  if (held) return [];
  if (finished === null) return [gettext('for %(time)s', { time: duration(end - start) })];
  if (first_byte === null) return [gettext('no answer within %(time)s', { time: duration(end - start) })];
  return [
    gettext('waited %(time)s', { time: duration(answer - start) }),
    gettext('received in %(time)s', { time: duration(end - answer) }),
  ];
}

/** All of it as one sentence. @param {Bar} bar @param {string | undefined} name */
export const spoken = (bar, name) => [`${bar.row.cc} ${country(name)}`, outcome(bar), ...course(bar)].join(', ');

/** @param {number} count */
export const size = (count) =>
  count ? ngettext('%(num)s download', '%(num)s downloads', count) : gettext('No download yet');
