import { Problem } from './api.js';
import { element, find, findAll, setText } from './dom.js';
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
  const place = element('p', { className: 'problem', role: 'alert' });
  find(document, 'main', HTMLElement).prepend(place);
  for (;;) {
    try {
      const [answer] = await Promise.all([ask(), ...findAll(document, 'link[rel=stylesheet]', HTMLLinkElement).map(loaded)]);
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

/** WebKit runs modules before the style sheets are there: colours and sizes would be wrong. @param {HTMLLinkElement} link */
const loaded = (link) =>
  link.sheet || new Promise((done) => ['load', 'error'].forEach((event) => link.addEventListener(event, done)));
