/** @import { Counts, Job, Look, Spec, State } from '../model/types.js' */
/** @import { Problem } from './api.js' */
/** Texts that several parts of the pages use. */
import { gettext, ngettext, number, percent } from './gettext.js';

/** The looks of a code. @type {Record<Look, string>} */
export const STATUS = {
  pending: gettext('pending'),
  running: gettext('running'),
  held: gettext('held back'),
  ok: gettext('saved'),
  not_found: gettext('not found'),
  error: gettext('failed'),
  cancelled: gettext('cancelled'),
};

/** The engine's names of failures. Other messages come from a server or the system. */
const CAUSES = new Map([
  ['certificate expired', gettext('certificate expired')],
  ['certificate not yet valid', gettext('certificate not yet valid')],
  ['certificate of an unknown authority', gettext('certificate of an unknown authority')],
  ['certificate of another host', gettext('certificate of another host')],
  ['connect timeout', gettext('connect timeout')],
  ['connection error', gettext('connection error')],
  ['connection reset', gettext('connection reset')],
  ['deadline', gettext('deadline')],
  ['not a GIF', gettext('not a GIF')],
  ['not HTTP', gettext('not HTTP')],
  ['out of memory', gettext('out of memory')],
  ['read timeout', gettext('read timeout')],
  ['refused', gettext('refused')],
  ['TLS error', gettext('TLS error')],
  ['too large', gettext('too large')],
  ['too many open files', gettext('too many open files')],
  ['truncated', gettext('truncated')],
  ['unknown host', gettext('unknown host')],
]);

/** @param {string} detail */
export const cause = (detail) => CAUSES.get(detail) ?? detail;

/** @type {Record<State, string>} */
export const STATE = {
  pending: gettext('Waiting'),
  running: gettext('Running'),
  finished: gettext('Finished'),
  cancelled: gettext('Cancelled'),
  failed: gettext('Failed'),
  interrupted: gettext('Interrupted'),
  unreadable: gettext('Unreadable'),
};

/**
 * The state of a job as its mark and as words, which also say how many flags failed.
 * @param {Pick<Job, 'state' | 'counts'>} job
 * @returns {[string, string]}
 */
export function standing({ state, counts }) {
  if (state !== 'finished' || (counts.ok && !counts.error)) return [state, STATE[state]];
  if (!counts.ok) return ['partly', gettext('Finished, nothing saved')];
  return ['partly', ngettext('Finished, %(num)s failed', 'Finished, %(num)s failed', counts.error)];
}

/** @param {string} id */
export const jobNumber = (id) => gettext('Job %(id)s', { id });

/** @param {number} count */
export const flags = (count) => ngettext('%(num)s flag', '%(num)s flags', count);

/** @param {number} count */
export const connections = (count) => ngettext('%(num)s connection', '%(num)s connections', count);

/** "LOCAL", and with LAB how it answers: "LAB 0.5 s ± 50%, 10% errors, seed 3". @param {Spec} spec */
export const server = ({ server, delay = 0, spread = 0, errors = 0, seed = 0 }) =>
  server === 'LAB'
    ? gettext('LAB %(delay)s s ± %(spread)s, %(errors)s errors, seed %(seed)s', {
        delay: number(delay, 0, 3), spread: percent(spread, 2), errors: percent(errors, 2), seed,
      })
    : server;

/** @param {Spec} spec */
export const executor = ({ executor }) => (executor ? gettext('on a cluster') : gettext('in this process'));

/** "worker 3"; asyncio has slots in place of threads. @param {number} number @param {string} strategy */
export const worker = (number, strategy) =>
  strategy === 'asyncio' ? gettext('slot %(number)s', { number }) : gettext('worker %(number)s', { number });

/** A duration with about three significant digits: "0.4 ms", "512 ms", "3.21 s", "2 min 05 s". @param {number} seconds */
export function duration(seconds) {
  if (seconds < 0.00995) return milliseconds(seconds, seconds && 1);
  if (seconds < 0.9995) return milliseconds(seconds);
  return seconds < 59.995 ? inSeconds(seconds, 2) : inMinutes(seconds);
}

/** The duration of something that runs; in one format, or the text would flicker. @param {number} seconds */
export const clock = (seconds) => (seconds < 59.95 ? inSeconds(seconds, 1) : inMinutes(seconds));

/** @param {number} seconds @param {number} [digits]  After the point. */
export const milliseconds = (seconds, digits) => gettext('%(number)s ms', { number: number(seconds * 1000, digits) });

/** @param {number} seconds @param {number} digits  After the point. */
export const inSeconds = (seconds, digits) => gettext('%(seconds)s s', { seconds: number(seconds, digits) });

/** @param {number} seconds */
function inMinutes(seconds) {
  const whole = Math.round(seconds);
  const rest = String(whole % 60).padStart(2, '0');
  return gettext('%(minutes)s min %(seconds)s s', { minutes: Math.floor(whole / 60), seconds: rest });
}

/** @param {number} bytes */
export const size = (bytes) =>
  bytes < 1000
    ? gettext('%(number)s B', { number: bytes })
    : gettext('%(number)s kB', { number: number(bytes / 1000, 1) });

/** The counts as a sentence, without zeros. @param {Counts} counts */
export const tally = (counts) =>
  [
    gettext('%(num)s saved', { num: counts.ok }),
    counts.not_found && gettext('%(num)s not found', { num: counts.not_found }),
    counts.error && gettext('%(num)s failed', { num: counts.error }),
    counts.cancelled && gettext('%(num)s cancelled', { num: counts.cancelled }),
  ]
    .filter(Boolean)
    .join(', ');

/** The name of a code of no country. */
export const NO_COUNTRY = gettext('no country');

/** @param {string | undefined} name */
export const country = (name) => name ?? NO_COUNTRY;

/** @param {Problem} problem */
export const notLoaded = ({ message }) =>
  gettext('The data of this page could not be loaded; the next try is in a few seconds. %(reason)s', { reason: message });

export const COPIED = gettext('Copied');
export const NOT_COPIED = gettext('It could not be copied.');
