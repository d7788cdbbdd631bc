/** The sentences that answer the guesses of the lesson in four steps. */
import { gettext } from '../lib/gettext.js';
import { duration } from '../lib/text.js';

/** The reason for each answer, by step. */
const BECAUSE = [
  gettext('One at a time, the times add up: twice the flags, twice the time.'),
  gettext('A thread that waits for its answer doesn’t hold the interpreter’s lock (GIL), so the others go on: ten flags by five are two rounds of half a second.'),
  gettext('Each download has a future, which stands for its result. map hands the results over in the order of submission, so those that were done waited for one that was not. as_completed hands over each one when it is done.'),
  gettext('All ten run at once, and the job still takes as long as one download. That is the floor: further connections would have nothing to do.'),
];

/**
 * @param {number} step  From 1.
 * @param {number} guess  Seconds.
 * @param {{seconds: number, nearest: number}} answer
 */
export function answered(step, guess, { seconds, nearest }) {
  const values = { guess: duration(guess), answer: duration(seconds), because: BECAUSE[step - 1] };
  return guess === nearest
    ? gettext('You guessed %(guess)s, and it was %(answer)s: no guess is nearer. %(because)s', values)
    : gettext('You guessed %(guess)s, but it was %(answer)s. %(because)s', values);
}
