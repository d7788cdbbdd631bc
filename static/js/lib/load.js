import { Problem } from './api.js';
import { find, setText } from './dom.js';
import { notLoaded } from './text.js';

const AGAIN = 4000; // milliseconds

/**
 * What a page can't do without: asks until there is an answer, and says on top of the page what is
 * missing meanwhile. What is refused for good is said there too, and never comes.
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
      setText(place, problem.isForGood ? problem.message : notLoaded(problem));
      if (problem.isForGood) return new Promise(() => {});
    }
    await new Promise((again) => setTimeout(again, AGAIN));
  }
}
