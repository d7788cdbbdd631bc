/** @import { Job } from './types.js' */

/** The fields of a spec that decide how flags are answered. LAB with other settings counts as another server. */
const SERVER = /** @type {const} */ (['server', 'delay', 'spread', 'errors', 'seed']);
/** A gain of less than this part of the time isn't worth more connections, as in flagdl/model/variants.py. */
export const WORTH_IT = 0.05;

/** @param {Job[]} jobs */
export const isSameServer = (jobs) => areAlike(jobs, ({ spec }) => SERVER.map((name) => spec[name]).join());

/** Whether jobs asked the same server for the same flags. @param {Job[]} jobs */
export const isSameWork = (jobs) => isSameServer(jobs) && areAlike(jobs, ({ spec }) => spec.codes.join());

/** Whether jobs differ in their number of connections, and in nothing else. @param {Job[]} jobs */
export const isSweep = (jobs) =>
  jobs.length > 2 && isSameWork(jobs) && areAlike(jobs, ({ spec }) => [spec.strategy, spec.executor, spec.attempts].join())
  && new Set(jobs.map(({ concurrency }) => concurrency)).size === jobs.length;

/**
 * The number of connections beyond which more don't gain enough; null if even the largest number is worth it.
 * @param {Job[]} jobs  Of a sweep.
 */
export function knee(jobs) {
  const sorted = [...jobs].sort((one, other) => one.concurrency - other.concurrency);
  const found = sorted.slice(0, -1).find(({ elapsed }, at) =>
    Math.min(...sorted.slice(at + 1).map((more) => more.elapsed)) > elapsed * (1 - WORTH_IT));
  return found?.concurrency ?? null;
}

/** @param {Job[]} jobs @param {(job: Job) => unknown} trait */
export const areAlike = (jobs, trait) => new Set(jobs.map(trait)).size === 1;
