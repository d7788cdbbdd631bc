/** @import { Job, Row } from './types.js' */

/**
 * The gain of concurrency; times in seconds.
 *
 * @typedef {object} Speedup
 * @property {number} sum  Of the times of all downloads, running ones up to now: what one after another would take.
 * @property {number} wall  The elapsed time.
 * @property {number | null} ratio  sum / wall; null before anything has happened.
 * @property {number} floor  No schedule of these downloads on these connections is quicker.
 * @property {number | null} efficiency  floor / wall, 1 at best; null before anything has happened.
 */

/**
 * The speed-up of a job, which may be running.
 * @param {Pick<Job, 'items' | 'elapsed' | 'concurrency'>} job
 * @param {number} wall  Seconds since it began; the job's own are those of its last event.
 * @returns {Speedup}
 */
export function speedup(job, wall = job.elapsed) {
  const times = job.items.map((row) => timeOf(row, wall));
  const sum = times.reduce((total, time) => total + time, 0);
  const longest = times.reduce((most, time) => Math.max(most, time), 0);
  const floor = Math.max(longest, sum / Math.max(1, job.concurrency));
  const known = sum > 0 && wall > 0;
  return { sum, wall, ratio: known ? sum / wall : null, floor, efficiency: known ? Math.min(1, floor / wall) : null };
}

/** What a download has taken so far. @param {Row} row @param {number} now */
const timeOf = ({ started, finished }, now) => (started === null ? 0 : Math.max(0, (finished ?? now) - started));
