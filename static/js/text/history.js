/** @import { Counts, Job } from '../model/types.js' */
/** Every sentence of the history, and of two jobs compared. */
import { gettext, number } from '../lib/gettext.js';
import { STATE, duration, tally } from '../lib/text.js';

/** @typedef {{name: string, seconds: number}} Took  The name of a job, and how long something in it took. */

/** Which jobs are chosen for a comparison, and what is still to do. @param {string[]} ids */
export function chosen([one, other, ...more]) {
  if (more.length) return gettext('More than two jobs are chosen.');
  if (other) return gettext('Jobs %(one)s and %(other)s are chosen.', { one, other });
  return one ? gettext('Job %(one)s is chosen: choose another.', { one }) : gettext('Choose two jobs to compare.');
}

/** @param {string} id */
export const deleted = (id) => gettext('Job %(id)s is deleted. It can be undone for a few seconds.', { id });

/** @param {string} id */
export const kept = (id) => gettext('Job %(id)s is kept.', { id });

export const LOST = gettext('The server could not be reached: this list may be out of date.');

/** @param {string} letter @param {string} [trait]  How it differs from the other job. */
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

/** For extraction: said() translates it. @param {string} message */
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
export const bothTook = said(N_('Both took about the same time: %(quick)s %(short)s, %(slow)s %(long)s.'));
export const tookPerFlag = said(
  N_('They had different numbers of flags. Per flag, %(quick)s took %(short)s, %(slow)s %(long)s: %(times)s times as long.'),
);
export const bothTookPerFlag = said(
  N_('They had different numbers of flags. Per flag, both took about the same time: %(quick)s %(short)s, %(slow)s %(long)s.'),
);
export const downloadTook = said(
  N_('A single download took %(short)s on average in %(quick)s, %(long)s in %(slow)s: %(times)s times as long.'),
);
export const downloadsTook = said(
  N_('A single download took about the same time in both: %(short)s and %(long)s on average.'),
);
export const firstResult = said(
  N_('The first result was returned after %(short)s in %(quick)s, after %(long)s in %(slow)s.'),
);
export const heldBack = said(
  N_('Results were held back for %(long)s in all in %(slow)s, for %(short)s in %(quick)s.'),
);

/** @param {string} a @param {string} b */
export const otherServer = (a, b) =>
  gettext('They asked different servers, %(a)s and %(b)s: that alone makes a difference.', { a, b });

/** @param {Counts} counts */
export const sameOutcomes = (counts) => gettext('Both had the same outcomes: %(tally)s.', { tally: tally(counts) });

/** @param {[string, string]} names @param {[Counts, Counts]} counts */
export const otherOutcomes = (names, counts) =>
  gettext('%(a)s: %(tallyA)s. %(b)s: %(tallyB)s.', {
    a: names[0],
    tallyA: tally(counts[0]),
    b: names[1],
    tallyB: tally(counts[1]),
  });
