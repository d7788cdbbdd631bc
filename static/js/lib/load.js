import { Problem } from './api.js';
import { find, setText } from './dom.js';
import { notLoaded } from './text.js';

const RETRY_AFTER = 4000; // milliseconds

/**
 * Loads what a page needs: repeats a request until it succeeds, and shows the problem on top of the page meanwhile. If
 * the server refuses the request for good, the promise stays pending.
 * @template T
 * @param {() => Promise<T>} ask
 * @returns {Promise<T>}
 */
export async function load(ask) {
  const place = document.createElement('p');
  place.className = 'problem';
  place.role = 'alert';
  find(document, 'main', HTMLElement).prepend(place);
  for (;;) {
    try {
      const answer = await ask();
      place.remove();
      return answer;
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      setText(place, problem.isPermanent ? problem.message : notLoaded(problem));
      if (problem.isPermanent) return new Promise(() => {});
    }
    await new Promise((again) => setTimeout(again, RETRY_AFTER));
  }
}
