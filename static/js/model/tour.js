/** @import { Job } from './types.js' */
import { figures } from './figures.js';

/** What is asked in each step of the lesson: a figure of the first job or of the second, in seconds. @type {((jobs: Job[]) => number)[]} */
const MEASURED = [
  ([, second]) => second.elapsed,
  ([, second]) => second.elapsed,
  ([first]) => figures(first).first ?? first.elapsed,
  ([, second]) => second.elapsed,
];

/**
 * What answers the question of a step, and which of the guesses is nearest to it.
 * @param {number} step  From 1.
 * @param {Job[]} jobs  The two that have ended.
 * @param {number[]} guesses
 */
export function answer(step, jobs, guesses) {
  const seconds = MEASURED[step - 1](jobs);
  /** @param {number} guess */
  const distance = (guess) => Math.abs(Math.log(guess / seconds));
  return { seconds, nearest: guesses.reduce((best, guess) => (distance(guess) < distance(best) ? guess : best)) };
}
