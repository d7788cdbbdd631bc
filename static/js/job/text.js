/** @import { Link } from './connection.js' */
/** @import { Job, Row } from '../lib/types.js' */
/** Every sentence of a job's panel. */
import { gettext, ngettext, number } from '../lib/gettext.js';
import { STATE, STATUS, connections, duration, flags, milliseconds, size, tally } from '../lib/text.js';

/** @param {number} perSecond */
export const rate = (perSecond) =>
  gettext('%(number)s/s', { number: number(perSecond < 10 ? perSecond : Math.round(perSecond), { tenths: perSecond < 10 }) });

/** @param {Job} job */
export const spec = ({ total, spec: { server, strategy, max_req } }) =>
  [server, strategy, connections(Math.min(max_req, total))].join('\u00a0· ');

/** @param {Row} row @param {string} name */
export const tile = (row, name) => `${row.cc} ${name}, ${STATUS[row.status]}`;

/** What became of one code, in short. @param {Row} row */
export function outcome({ status, detail, bytes, attempts, worker, started, finished }) {
  const parts = [STATUS[status]];
  if (status === 'error' && detail) parts.push(detail);
  if (bytes) parts.push(size(bytes));
  if (started !== null && finished !== null) parts.push(milliseconds(finished - started));
  if (worker !== null) parts.push(gettext('worker %(number)s', { number: worker }));
  if (attempts > 1) parts.push(ngettext('%(num)s attempt', '%(num)s attempts', attempts));
  return parts.join(' · ');
}

/** @param {Link} link @param {number} [left]  Seconds until the next try. */
export function link(link, left = 0) {
  const seconds = Math.ceil(left);
  switch (link.phase) {
    case 'connecting':
      return gettext('Connecting…');
    case 'live':
      return link.caughtUp
        ? ngettext('Caught up on %(num)s event', 'Caught up on %(num)s events', link.caughtUp)
        : gettext('Live');
    case 'waiting':
      return link.reason === 'full'
        ? gettext('Too many watchers, trying again in %(seconds)s s', { seconds })
        : gettext('Reconnecting in %(seconds)s s', { seconds });
    case 'over':
      return gettext('Ended');
    case 'unknown':
      return gettext('This job is no longer known');
  }
}

/** @param {Job} job @param {number} completed */
export const tabTitle = ({ state, total, counts }, completed) =>
  state === 'running' || state === 'pending'
    ? `${completed}/${total} · flagdl`
    : `${STATE[state]}: ${flags(counts.ok)} · flagdl`;

/** @param {number} completed @param {Job} job */
export const progress = (completed, { total, counts }) =>
  gettext('%(completed)s of %(total)s done: %(tally)s.', { completed, total, tally: tally(counts) });

/** @param {Job} job */
export const ending = ({ state, counts, elapsed }) =>
  gettext('%(state)s after %(duration)s: %(tally)s.', {
    state: STATE[state],
    duration: duration(elapsed),
    tally: tally(counts),
  });

/** @param {number} count */
export const retry = (count) => ngettext('Retry %(num)s flag', 'Retry %(num)s flags', count);

export const LOST = gettext('The connection is lost; trying again.');
export const BACK = gettext('Connected again.');
