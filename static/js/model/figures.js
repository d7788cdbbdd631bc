/** @import { Job, Row } from './types.js' */

/** With a smaller share of waiting, downloads compete: each would be quicker alone. */
const MOSTLY = 0.5;

/**
 * Figures from a job's times, in seconds; `atOnce`, `speedup` and `waiting` are ratios. Null if there is nothing to measure.
 *
 * flagdl/model/figures.py has the same rules; tests/fixtures/figures.json tests both.
 *
 * @typedef {object} Figures
 * @property {number} downloads  How many were measured.
 * @property {number} sum  The times of all downloads, added.
 * @property {number} wall  The elapsed time.
 * @property {number | null} atOnce  sum / wall: how many downloads were under way at once, on average.
 * @property {number | null} speedup  The same, unless downloads compete: then one after another would take less than the sum.
 * @property {number | null} waiting  The share of `sum` that was waiting for the network, as far as it is known.
 * @property {number | null} floor  No schedule of these downloads on these connections is quicker, unless they compete.
 * @property {'shared' | 'longest' | 'rounds'} limit  What sets the floor: an even share for each connection, the longest
 *   download, or the number of downloads that one connection must do.
 * @property {number} rounds  One of the connections must do at least this many downloads.
 * @property {number | null} first  When the first result was returned.
 * @property {number} held  How long results waited for others, in all.
 */

/**
 * Measures a job; a download that was cancelled or still runs doesn't count.
 * @param {Pick<Job, 'items' | 'elapsed' | 'concurrency'>} job
 * @returns {Figures}
 */
export function figures({ items, elapsed: wall, concurrency }) {
  const measured = items.filter(isMeasured);
  const times = measured.map(({ started, finished }) => finished - started);
  const sum = total(times);
  const known = measured.filter(({ received, attempts }) => received !== null && attempts === 1); // with more there are pauses
  const whole = total(known.map(({ started, finished }) => finished - started));
  const waited = total(known.map(({ started, received }) => Number(received) - started));
  const returned = measured.flatMap(({ finished, returned }) => (returned === null ? [] : [{ finished, returned }]));
  const waiting = whole ? waited / whole : null;
  const competing = waiting === null || waiting < MOSTLY;
  const atOnce = times.length && wall ? sum / wall : null;
  const { floor, limit, rounds } = limitOf(times, sum, concurrency);
  return {
    downloads: times.length,
    sum,
    wall,
    atOnce,
    speedup: competing ? null : atOnce,
    waiting,
    floor: competing ? null : floor,
    limit,
    rounds,
    first: returned.length ? Math.min(...returned.map(({ returned }) => returned)) : null,
    held: total(returned.map(({ finished, returned }) => returned - finished)),
  };
}

/** @param {number[]} times @param {number} sum @param {number} concurrency */
function limitOf(times, sum, concurrency) {
  const connections = Math.max(1, concurrency);
  const rounds = Math.ceil(times.length / connections);
  /** @type {[Figures['limit'], number][]} */
  const limits = [
    ['shared', sum / connections],
    ['longest', Math.max(0, ...times)],
    ['rounds', total([...times].sort((one, other) => one - other).slice(0, rounds))],
  ];
  const [limit, floor] = limits.reduce((most, other) => (other[1] > most[1] ? other : most));
  return { floor, limit, rounds };
}

/** @typedef {Row & {started: number, finished: number}} Measured */

/** @param {Row} row @returns {row is Measured} */
function isMeasured(row) {
  const { status, started, finished } = row;
  return started !== null && finished !== null && (status === 'ok' || status === 'not_found' || status === 'error');
}

/** @param {number[]} numbers */
const total = (numbers) => numbers.reduce((sum, number) => sum + number, 0);
