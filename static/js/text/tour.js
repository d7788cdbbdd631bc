/** The sentences that answer the guesses of the lesson in four steps. */
import { gettext } from '../lib/gettext.js';
import { duration } from '../lib/text.js';

/** Why it took so long. */
const BECAUSE = [
  gettext('One at a time, the times add up: twice the flags, twice the time.'),
  gettext('While one thread waits for its answer, the others go on: ten flags by five are two rounds of half a second.'),
  gettext('map hands over results in the order of submission, so nine that were done waited for the first. as_completed hands over each one when it is done.'),
  gettext('All ten run at once, and the job still takes as long as one download. That is the floor: no number of connections beats it.'),
];

/**
 * @param {number} step  From 1.
 * @param {number} guess  Seconds.
 * @param {{seconds: number, nearest: number}} answer
 */
export function answered(step, guess, { seconds, nearest }) {
  const values = { guess: duration(guess), answer: duration(seconds), because: BECAUSE[step - 1] };
  return guess === nearest
    ? gettext('You guessed %(guess)s, and it was %(answer)s: right. %(because)s', values)
    : gettext('You guessed %(guess)s, but it was %(answer)s. %(because)s', values);
}
