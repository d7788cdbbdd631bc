/** @import { Counts, State, Status } from './types.js' */
/** Words that more than one part of the pages needs. */
import { gettext, ngettext, number } from './gettext.js';

/** @type {Record<Status, string>} */
export const STATUS = {
  pending: gettext('pending'),
  running: gettext('running'),
  ok: gettext('saved'),
  not_found: gettext('not found'),
  error: gettext('failed'),
  cancelled: gettext('cancelled'),
};

/** @type {Record<State, string>} */
export const STATE = {
  pending: gettext('Waiting'),
  running: gettext('Running'),
  finished: gettext('Finished'),
  cancelled: gettext('Cancelled'),
  failed: gettext('Failed'),
  interrupted: gettext('Interrupted'),
};

/** @param {number} count */
export const flags = (count) => ngettext('%(num)s flag', '%(num)s flags', count);

/** @param {number} count */
export const connections = (count) => ngettext('%(num)s connection', '%(num)s connections', count);

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds < 60) return gettext('%(seconds)s s', { seconds: number(seconds, { tenths: true }) });
  const rest = String(Math.floor(seconds % 60)).padStart(2, '0');
  return gettext('%(minutes)s min %(seconds)s s', { minutes: Math.floor(seconds / 60), seconds: rest });
}

/** @param {number} seconds */
export const milliseconds = (seconds) => gettext('%(number)s ms', { number: number(Math.round(seconds * 1000)) });

/** @param {number} bytes */
export const size = (bytes) =>
  bytes < 1000
    ? gettext('%(number)s B', { number: bytes })
    : gettext('%(number)s kB', { number: number(bytes / 1000, { tenths: true }) });

/** The counts as a sentence, those at zero left out. @param {Counts} counts */
export const tally = (counts) =>
  [
    gettext('%(num)s saved', { num: counts.ok }),
    counts.not_found && gettext('%(num)s not found', { num: counts.not_found }),
    counts.error && gettext('%(num)s failed', { num: counts.error }),
    counts.cancelled && gettext('%(num)s cancelled', { num: counts.cancelled }),
  ]
    .filter(Boolean)
    .join(', ');

/** The name of a code that belongs to nobody. */
export const NO_COUNTRY = gettext('no country');

export const COPIED = gettext('Copied');
