/** @import { Job } from './types.js' */
import { figures } from './figures.js';

/**
 * @typedef {object} Point  One job of a sweep; times in seconds.
 * @property {number} connections
 * @property {number} time
 * @property {number | null} floor
 */

/** The finished jobs of a sweep, sorted by their number of connections. @param {Job[]} jobs @returns {Point[]} */
export const pointsOf = (jobs) =>
  jobs
    .filter(({ state }) => state === 'finished')
    .map((job) => ({ connections: job.concurrency, time: job.elapsed, floor: figures(job).floor }))
    .sort((one, other) => one.connections - other.connections);

/**
 * Maps the logarithm of a number from one range to another.
 * @param {[number, number]} from
 * @param {[number, number]} to
 */
export const logScale = ([least, most], [start, end]) => (/** @type {number} */ value) =>
  start + ((end - start) * Math.log(value / least)) / (Math.log(most / least) || 1);

/** The numbers 1, 2, 5, 10, … from `least` or just below it to `most` or just above it. @param {number} least @param {number} most */
export function ticks(least, most) {
  const all = Array.from({ length: 21 }, (_, at) => 10 ** (at - 10)).flatMap((power) => [power, 2 * power, 5 * power]);
  const first = all.findIndex((tick) => tick > least) - 1;
  const last = all.findIndex((tick) => tick >= most);
  return all.slice(first, last + 1);
}
