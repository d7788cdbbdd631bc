/** @import { Figures } from '../model/figures.js' */
/** @import { Counts, Job } from '../model/types.js' */
/** Every sentence about compared jobs. */
import { gettext, list, ngettext, number, percent } from '../lib/gettext.js';
import { STATE, clock, duration, tally } from '../lib/text.js';

/** @typedef {{name: string, seconds: number}} Took  The name of a job, and how long something in it took. */

/** @param {string} letter @param {string} [trait]  How it differs from the other jobs. */
export const called = (letter, trait) => (trait ? `${letter} (${trait})` : letter);

/** @param {string} name @param {number} completed @param {number} total */
export const stillRuns = (name, completed, total) =>
  gettext('%(name)s is not done yet: %(completed)s of %(total)s.', { name, completed, total });

/** @param {string} name @param {Job} job */
export const notComparable = (name, { state, total, counts }) =>
  gettext('%(name)s did not finish (%(state)s, %(done)s of %(total)s done): the times can’t be compared.', {
    name,
    state: STATE[state],
    done: total - counts.cancelled,
    total,
  });

/** @param {string} name */
export const savedNothing = (name) => gettext('%(name)s saved nothing: the times can’t be compared.', { name });

/** Marks a message for extraction; said() translates it. @param {string} message */
const N_ = (message) => message;

/** Makes a sentence about two times. @param {string} message */
const said = (message) => (/** @type {Took} */ quick, /** @type {Took} */ slow, ratio = 1) =>
  gettext(message, {
    quick: quick.name,
    short: duration(quick.seconds),
    slow: slow.name,
    long: duration(slow.seconds),
    times: number(ratio, ratio < 9.95 ? 1 : 0),
  });

export const took = said(N_('%(quick)s took %(short)s, %(slow)s %(long)s: %(times)s times as long.'));
export const allTook = said(N_('They took about the same time: %(quick)s %(short)s, %(slow)s %(long)s.'));
export const tookPerFlag = said(
  N_('They had different numbers of flags. Per flag, %(quick)s took %(short)s, %(slow)s %(long)s: %(times)s times as long.'),
);
export const allTookPerFlag = said(
  N_('They had different numbers of flags. Per flag, they took about the same time: %(quick)s %(short)s, %(slow)s %(long)s.'),
);
export const downloadTook = said(
  N_('A single download took %(short)s on average in %(quick)s, %(long)s in %(slow)s: %(times)s times as long.'),
);
export const downloadsTook = said(
  N_('A single download took about the same time in all: %(short)s to %(long)s on average.'),
);
export const firstResult = said(
  N_('The first result was returned after %(short)s in %(quick)s, after %(long)s in %(slow)s.'),
);
export const heldBack = said(
  N_('Results were held back for %(long)s in all in %(slow)s, for %(short)s in %(quick)s.'),
);

/** @param {number} connections @param {number} share */
export const knee = (connections, share) =>
  ngettext('Beyond %(num)s connection, more gain less than %(share)s.', 'Beyond %(num)s connections, more gain less than %(share)s.', connections, {
    share: percent(share),
  });

/** @param {string[]} servers */
export const otherServers = (servers) =>
  gettext('They asked different servers, %(servers)s: that alone makes a difference.', { servers: list(servers) });

/** @param {Counts} counts */
export const sameOutcomes = (counts) => gettext('All had the same outcomes: %(tally)s.', { tally: tally(counts) });

/** @param {[string, Counts][]} outcomes */
export const otherOutcomes = (outcomes) =>
  outcomes.map(([name, counts]) => gettext('%(name)s: %(tally)s.', { name, tally: tally(counts) })).join(' ');

const NONE = '–';

/**
 * The texts of a job's column in the table of figures, by row; flagdl/web/words.py has them for pages without scripts.
 * @param {Pick<Job, 'ended'>} job
 * @param {number} elapsed
 * @param {Figures} figures
 * @returns {Record<string, string>}
 */
export function figureTexts({ ended }, elapsed, { first, held, waiting, speedup, floor }) {
  return {
    time: ended ? duration(elapsed) : clock(elapsed),
    first: first === null ? NONE : duration(first),
    held: duration(held),
    waiting: ended && waiting !== null ? percent(waiting) : NONE,
    speedup: ended && speedup !== null ? number(speedup, 1) : NONE,
    floor: ended && floor !== null ? duration(floor) : NONE,
  };
}
