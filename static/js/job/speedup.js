/** @import { Job } from '../lib/types.js' */

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
 * @param {Pick<Job, 'items' | 'elapsed' | 'total' | 'spec'>} job
 * @param {number} wall  Seconds since it began, where the job's own are of an event some time ago.
 * @returns {Speedup}
 */
export function speedup(job, wall = job.elapsed) {
  const times = timesOf(job, wall);
  const sum = times.reduce((total, time) => total + time, 0);
  const longest = times.reduce((most, time) => Math.max(most, time), 0);
  const floor = Math.max(longest, sum / connectionsOf(job));
  const known = sum > 0 && wall > 0;
  return { sum, wall, ratio: known ? sum / wall : null, floor, efficiency: known ? Math.min(1, floor / wall) : null };
}

/**
 * How many downloads can be in flight at once.
 * @param {Pick<Job, 'total' | 'spec'>} job
 */
export const connectionsOf = ({ total, spec }) => Math.min(spec.max_req, total);

/**
 * What each download has taken so far.
 * @param {Pick<Job, 'items'>} job
 * @param {number} now
 */
function timesOf({ items }, now) {
  const times = [];
  const running = [];
  for (const { status, worker, started, finished } of items) {
    if (started === null) continue;
    if (status === 'running') running.push({ worker, started });
    else if (finished !== null) times.push(finished - started);
  }
  // `map` tells of a download when it gives it back, so one may seem to run on. Its worker has
  // gone on: it was over when that worker took its next code.
  const taken = new Map();
  for (const { worker, started } of running.sort((one, other) => other.started - one.started)) {
    times.push(Math.max(0, (taken.get(worker) ?? now) - started));
    taken.set(worker, started);
  }
  return times;
}
