/** @import { Job } from './types.js' */
import { figures } from './figures.js';

/** What each step of the lesson asks for: a time of the first or the second job, in seconds. @type {((jobs: Job[]) => number)[]} */
const MEASURED = [
  ([, second]) => second.elapsed,
  ([, second]) => second.elapsed,
  ([first]) => figures(first).first ?? first.elapsed,
  ([, second]) => second.elapsed,
];

/**
 * The answer to the question of a step, in seconds, and the guess that is nearest to it.
 * @param {number} step  From 1.
 * @param {Job[]} jobs  The two jobs, ended.
 * @param {number[]} guesses
 */
export function answer(step, jobs, guesses) {
  const seconds = MEASURED[step - 1](jobs);
  /** @param {number} guess */
  const distance = (guess) => Math.abs(Math.log(guess / seconds));
  return { seconds, nearest: guesses.reduce((best, guess) => (distance(guess) < distance(best) ? guess : best)) };
}
