/** @import { Job, Row } from './types.js' */

/**
 * What downloading at once has gained. All but the two quotients in seconds.
 *
 * @typedef {object} Speedup
 * @property {number} sum  Of all downloads, those in flight up to now: what one after another would take.
 * @property {number} wall  What it took by the clock on the wall.
 * @property {number | null} ratio  sum / wall; null before anything has happened.
 * @property {number} floor  No schedule of these downloads over these connections can be quicker.
 * @property {number | null} efficiency  floor / wall, 1 at best; null before anything has happened.
 */

/**
 * The speed-up of a job, which may still be running.
 *
 * @param {Pick<Job, 'items' | 'elapsed' | 'concurrency'>} job
 * @param {number} wall  Seconds since it began, where the job's own are of an event some time ago.
 * @returns {Speedup}
 */
export function speedup(job, wall = job.elapsed) {
  const times = job.items.map((row) => timeOf(row, wall));
  const sum = times.reduce((total, time) => total + time, 0);
  const longest = times.reduce((most, time) => Math.max(most, time), 0);
  const floor = Math.max(longest, sum / job.concurrency);
  const known = sum > 0 && wall > 0;
  return { sum, wall, ratio: known ? sum / wall : null, floor, efficiency: known ? Math.min(1, floor / wall) : null };
}

/** What a download has taken so far. @param {Row} row @param {number} now */
const timeOf = ({ started, finished }, now) => (started === null ? 0 : Math.max(0, (finished ?? now) - started));
