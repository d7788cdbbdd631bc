import { find } from './dom.js';

const PAUSE = 4000;

/** The live region of the page: says at most one sentence every few seconds, the newest. */
class Announcer {
  #waiting = '';
  #timer = 0;

  /** @param {string} sentence @param {boolean} [atOnce]  Without the pause: for the end of a job. */
  say(sentence, atOnce = false) {
    this.#waiting = sentence;
    if (atOnce) clearTimeout(this.#timer);
    if (atOnce || !this.#timer) this.#speak();
  }

  #speak() {
    this.#timer = 0;
    if (!this.#waiting) return;
    find(document, '[data-live]', HTMLElement).textContent = this.#waiting;
    this.#waiting = '';
    this.#timer = setTimeout(() => this.#speak(), PAUSE);
  }
}

export const announcer = new Announcer();
