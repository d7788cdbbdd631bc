/** @import { Job, Row } from './types.js' */

/**
 * The gain of concurrency; times in seconds.
 *
 * @typedef {object} Speedup
 * @property {number} sum  Of the times of all downloads: what one after another would take.
 * @property {number} wall  The elapsed time.
 * @property {number | null} ratio  sum / wall; null if nothing was downloaded.
 * @property {number} floor  No schedule of these downloads on these connections is quicker.
 * @property {number | null} waiting  The share of `sum` that was waiting for the network; null if it isn't known.
 */

/**
 * The speed-up of a job, up to now.
 * @param {Pick<Job, 'items' | 'elapsed' | 'concurrency'>} job
 * @returns {Speedup}
 */
export function speedup({ items, elapsed: wall, concurrency }) {
  /** What a download took. @param {Row} row */
  const timeOf = ({ status, started, finished }) => (started === null ? 0 : (status === 'running' ? wall : finished ?? started) - started);
  const times = items.map(timeOf);
  const sum = total(times);
  const floor = Math.max(total(times) / Math.max(1, concurrency), ...times);
  const known = items.filter(({ received }) => received !== null);
  const waiting = total(known.map(({ started, received }) => Number(received) - Number(started))) / total(known.map(timeOf));
  return { sum, wall, ratio: sum > 0 && wall > 0 ? sum / wall : null, floor, waiting: Number.isFinite(waiting) ? waiting : null };
}

/** @param {number[]} numbers */
const total = (numbers) => numbers.reduce((sum, number) => sum + number, 0);
