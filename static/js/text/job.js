/** @import { Link } from '../model/connection.js' */
/** @import { Counts, Job, Look } from '../model/types.js' */
/** Every sentence of a job's panel. */
import { gettext, ngettext } from '../lib/gettext.js';
import { STATE, STATUS, country, duration, jobNumber, standing, tally } from '../lib/text.js';

/** @param {string} cc @param {string | undefined} name @param {Look} look */
export const tile = (cc, name, look) => `${cc} ${country(name)}, ${STATUS[look]}`;

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
    case 'polling':
      return gettext('Live, by requests');
    case 'waiting':
      return gettext('Reconnecting in %(seconds)s s', { seconds });
    case 'over':
      return gettext('Ended');
    case 'unknown':
      return gettext('This job is no longer known');
  }
}

/** @param {Job} job @param {number} completed */
export const tabTitle = (job, completed) =>
  `${job.ended ? standing(job)[1] : `${completed}/${job.total}`} · ${jobNumber(job.id)} · flagdl`;

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

/** Whether the detail is the repr of a bug's exception, such as "KeyError('x')", not a sentence. @param {string} detail */
export const isException = (detail) => /^\w+\(/.test(detail);

export const BUG = gettext('The job stopped because of a bug in flagdl:');

export const LOST = gettext('The connection is lost; trying again.');
export const BACK = gettext('Connected again.');

/** @param {number} count */
export const resume = (count) => ngettext('Resume %(num)s flag', 'Resume %(num)s flags', count);

export const NO_NOTIFICATIONS = gettext('This browser doesn’t allow notifications.');

/**
 * @typedef {object} Progress  The progress of a job, as the code of its strategy sees it.
 * @property {number} total
 * @property {number} pending  Submitted, not started.
 * @property {number} workers  Or slots.
 * @property {number} running
 * @property {number} done  Without what was cut off when the job ended.
 * @property {string} now  A code that is running.
 * @property {number} held  Done, and not returned yet.
 * @property {number} returned
 * @property {string} last  The code that was returned last.
 * @property {string} next  The first code, in order of submission, that isn't returned yet; empty at the end.
 * @property {Counts} counts  Of the results that were returned.
 */

/**
 * What each call of a strategy is doing.
 * @param {string} strategy
 * @param {Progress} progress
 * @returns {Record<string, string>}
 */
export function calls(strategy, progress) {
  if (strategy === 'sequential') return oneByOne(progress);
  const { total, pending, running, done, workers } = progress;
  const states = { num: total, pending, running, done };
  return {
    submitted:
      strategy === 'asyncio'
        ? ngettext('%(num)s task: %(pending)s pending, %(running)s running, %(done)s done', '%(num)s tasks: %(pending)s pending, %(running)s running, %(done)s done', total, states)
        : ngettext('%(num)s future: %(pending)s pending, %(running)s running, %(done)s done', '%(num)s futures: %(pending)s pending, %(running)s running, %(done)s done', total, states),
    running:
      strategy === 'asyncio'
        ? gettext('%(busy)s of %(slots)s slots busy', { busy: running, slots: workers })
        : gettext('%(busy)s of %(workers)s worker threads busy', { busy: running, workers }),
    returned: strategy === 'map' ? inOrder(progress) : asCompleted(progress),
    result: tally(progress.counts),
  };
}

/** @param {Progress} progress */
const oneByOne = ({ total, pending, now, returned, counts }) => ({
  submitted: gettext('%(waiting)s of %(total)s still to come', { waiting: pending, total }),
  running: now ? gettext('one at a time, now %(cc)s', { cc: now }) : gettext('one at a time'),
  returned: returned ? gettext('%(returned)s returned: %(tally)s', { returned, tally: tally(counts) }) : NOTHING_BACK,
});

/** @param {Progress} progress */
const asCompleted = ({ returned, last }) =>
  returned ? gettext('%(returned)s returned, the last: %(cc)s', { returned, cc: last }) : NOTHING_BACK;

/** @param {Progress} progress */
function inOrder({ returned, next, held, counts }) {
  if (!next) return gettext('%(returned)s returned in the order of submission: %(tally)s', { returned, tally: tally(counts) });
  if (!held && returned) return gettext('%(returned)s returned in order, the next: %(cc)s', { returned, cc: next });
  const back = returned ? gettext('%(returned)s returned in order', { returned }) : NOTHING_BACK;
  return held ? `${back}; ${waiting(held, next)}` : back;
}

/** @param {number} held @param {string} cc */
const waiting = (held, cc) =>
  ngettext('%(num)s is done and waits for %(cc)s', '%(num)s are done and wait for %(cc)s', held, { cc });

const NOTHING_BACK = gettext('none returned yet');
