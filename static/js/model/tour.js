/** @import { Job } from './types.js' */
import { figures } from './figures.js';

/**
 * The answer to the question of a step, in seconds, and the guess that is nearest to it.
 * @param {number} step  From 1.
 * @param {Job[]} jobs  The two jobs, ended.
 * @param {number[]} guesses
 */
export function answer(step, [first, second], guesses) {
  // The third step asks when the first job had its first result, the others ask how long the second job took.
  const seconds = step === 3 ? (figures(first).first ?? first.elapsed) : second.elapsed;
  /** @param {number} guess */
  const distance = (guess) => Math.abs(Math.log(guess / seconds));
  return { seconds, nearest: guesses.reduce((best, guess) => (distance(guess) < distance(best) ? guess : best)) };
}
