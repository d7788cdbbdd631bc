/** @import { Bar } from '../model/lanes.js' */
/** Every sentence of the timeline. */
import { gettext, ngettext } from '../lib/gettext.js';
import { STATUS, cause, country, duration, inSeconds, milliseconds, size as bytesOf, worker } from '../lib/text.js';

/** "0.5 s", with enough digits to tell two ticks apart. @param {number} seconds @param {number} step */
export function tick(seconds, step) {
  if (step < 0.01) return milliseconds(seconds);
  return inSeconds(seconds, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
}

/** @param {Bar} bar */
export const outcome = ({ row: { status, detail } }) =>
  status === 'error' && detail ? `${STATUS.error}: ${cause(detail)}` : STATUS[status];

/** The worker, the start, how long each phase took, the attempts and the size. @param {Bar} bar @param {string} strategy */
export function course(bar, strategy) {
  const { attempts, bytes } = bar.row;
  return [
    worker(bar.lane, strategy),
    gettext('started at %(time)s', { time: duration(bar.start) }),
    ...phases(bar),
    attempts > 1 && ngettext('%(num)s attempt', '%(num)s attempts', attempts),
    bytes && bytesOf(bytes),
  ].filter(Boolean);
}

/** How long each known phase took. @param {Bar} bar */
function phases({ row, look, start, answer, received, end, back }) {
  /** The time between two moments. @param {number} from @param {number} to */
  const time = (from, to) => ({ time: duration(to - from) });
  if (row.finished === null) return [gettext('for %(time)s', time(start, end))];
  const saved = row.status === 'ok';
  const asked = row.sent ?? start;
  const all = [];
  if (row.sent !== null) all.push(gettext('sent after %(time)s', time(start, row.sent)));
  if (row.first_byte === null) all.push(gettext('no answer within %(time)s', time(asked, end)));
  else {
    all.push(gettext('waited %(time)s', time(asked, answer)));
    if (saved || row.received !== null) all.push(gettext('received in %(time)s', time(answer, received)));
    else all.push(gettext('receiving for %(time)s', time(answer, received))); // the transfer broke off
  }
  if (row.received !== null && saved) all.push(gettext('checked and saved in %(time)s', time(received, end)));
  if (row.received !== null && !saved) all.push(gettext('checked in %(time)s', time(received, end)));
  if (look === 'held' || row.returned !== null) all.push(gettext('held back for %(time)s', time(end, back)));
  return all;
}

/** All of it as one sentence. @param {Bar} bar @param {string | undefined} name @param {string} strategy */
export const spoken = (bar, name, strategy) => [`${bar.row.cc} ${country(name)}`, outcome(bar), ...course(bar, strategy)].join(', ');

/** @param {number} count */
export const size = (count) =>
  count ? ngettext('%(num)s download', '%(num)s downloads', count) : gettext('No download yet');
