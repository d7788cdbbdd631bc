/** @import { Link } from './connection.js' */
/** @import { Job, Row, State, Status } from './types.js' */
/** Every sentence that JavaScript says, in one place. */

const plurals = new Intl.PluralRules('en');
const whole = new Intl.NumberFormat('en');
const tenths = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/**
 * "1 flag", "2 flags".
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 */
export const counted = (count, one, many = `${one}s`) =>
  `${whole.format(count)} ${plurals.select(count) === 'one' ? one : many}`;

/** @type {Record<Status, string>} */
export const STATUS = {
  pending: 'pending',
  running: 'running',
  ok: 'saved',
  not_found: 'not found',
  error: 'failed',
  cancelled: 'cancelled',
};

/** @type {Record<State, string>} */
export const STATE = {
  pending: 'Waiting',
  running: 'Running',
  finished: 'Finished',
  cancelled: 'Cancelled',
  failed: 'Failed',
  interrupted: 'Interrupted',
};

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds < 60) return `${tenths.format(seconds)} s`;
  const rest = Math.floor(seconds % 60);
  return `${Math.floor(seconds / 60)} min ${String(rest).padStart(2, '0')} s`;
}

/** @param {number} perSecond */
export const rate = (perSecond) => `${perSecond < 10 ? tenths.format(perSecond) : whole.format(Math.round(perSecond))}/s`;

/** @param {number} bytes */
export const size = (bytes) => (bytes < 1000 ? `${bytes} B` : `${tenths.format(bytes / 1000)} kB`);

/** @param {Job} job */
export const spec = ({ total, spec: { server, strategy, max_req } }) =>
  [server, strategy, counted(Math.min(max_req, total), 'connection')].join('\u00a0· ');

/** @param {Row} row @param {string} name */
export const tile = (row, name) => `${row.cc} ${name}, ${STATUS[row.status]}`;

/** What became of one code, in short. @param {Row} row */
export function outcome({ status, detail, bytes, attempts, worker, started, finished }) {
  const parts = [STATUS[status]];
  if (status === 'error' && detail) parts.push(detail);
  if (bytes) parts.push(size(bytes));
  if (started !== null && finished !== null) parts.push(`${((finished - started) * 1000).toFixed(0)} ms`);
  if (worker !== null) parts.push(`worker ${worker}`);
  if (attempts > 1) parts.push(counted(attempts, 'attempt'));
  return parts.join(' · ');
}

/** @param {Link} link @param {number} [seconds]  Left until the next try. */
export function link(link, seconds = 0) {
  switch (link.phase) {
    case 'connecting':
      return 'Connecting…';
    case 'live':
      return link.caughtUp ? `Caught up on ${counted(link.caughtUp, 'event')}` : 'Live';
    case 'waiting':
      return `${link.reason === 'full' ? 'Too many watchers, trying again' : 'Reconnecting'} in ${Math.ceil(seconds)} s`;
    case 'over':
      return 'Ended';
    case 'unknown':
      return 'This job is no longer known';
  }
}

/** @param {Job} job @param {number} completed */
export const tabTitle = ({ state, total, counts }, completed) =>
  state === 'running' || state === 'pending'
    ? `${completed}/${total} · flagdl`
    : `${STATE[state]}: ${counted(counts.ok, 'flag')} · flagdl`;

/** The counts as a sentence, those at zero left out. @param {Job['counts']} counts */
export const tally = (counts) =>
  [
    `${counts.ok} saved`,
    counts.not_found && `${counts.not_found} not found`,
    counts.error && `${counts.error} failed`,
    counts.cancelled && `${counts.cancelled} cancelled`,
  ]
    .filter(Boolean)
    .join(', ');

/** @param {number} completed @param {Job} job */
export const progress = (completed, { total, counts }) => `${completed} of ${total} done: ${tally(counts)}.`;

/** @param {Job} job */
export const ending = ({ state, counts, elapsed }) => `${STATE[state]} after ${duration(elapsed)}: ${tally(counts)}.`;

/** The name of a code that belongs to nobody. */
export const NO_COUNTRY = 'no country';

/** @param {number} flags */
export const download = (flags) => (flags ? `Download ${counted(flags, 'flag')}` : 'Pick something to download');

/** @param {number} flags */
export const retry = (flags) => `Retry ${counted(flags, 'flag')}`;

/** How the work is split, or why there is no choice. @param {number} flags @param {number} connections @param {boolean} sequential */
export function rounds(flags, connections, sequential) {
  if (sequential) return 'sequential uses one connection: that is its point.';
  if (!flags) return '';
  if (connections >= flags) return `All ${flags} at the same time.`;
  return `${counted(flags, 'flag')}, ${connections} at a time: ${counted(Math.ceil(flags / connections), 'round')}.`;
}

/** What Enter does in the search. @param {string[]} codes @param {number} matches */
export function offer(codes, matches) {
  if (codes.length === 1) return `Add the code ${codes[0]}`;
  if (codes.length) return `Add ${counted(codes.length, 'code')}: ${codes[0]} to ${codes[codes.length - 1]}`;
  return matches ? `Pick ${matches === 1 ? 'this one' : `these ${matches}`}` : 'Nothing matches';
}

export const LOST = 'The connection is lost; trying again.';
export const BACK = 'Connected again.';
export const COPIED = 'Copied';

/** @param {number} flags */
export const chosen = (flags) => `${whole.format(flags)} chosen`;

/** @param {number} some @param {number} all */
export const shown = (some, all) => (some === all ? counted(all, 'flag') : `${some} of ${counted(all, 'flag')}`);
