/** @import { Link } from '../../model/connection.js' */
import { find, setText } from '../../lib/dom.js';
import * as text from '../../text/job.js';

const SHOW_CAUGHT_UP = 5000;

/** The state of the connection, with its countdown. */
export class Pill {
  #root;
  #label;
  #timer = 0;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
    this.#label = find(root, 'span', HTMLElement);
  }

  /** @param {Link} link */
  show(link) {
    clearInterval(this.#timer);
    this.#root.dataset.phase = link.phase;
    setText(this.#label, text.link(link));
    if (link.phase === 'waiting') this.#countDown(link);
    if (link.phase === 'live' && link.caughtUp) {
      this.#timer = setTimeout(() => this.show({ phase: 'live', caughtUp: 0 }), SHOW_CAUGHT_UP);
    }
  }

  /** @param {Link & {phase: 'waiting'}} link */
  #countDown(link) {
    const until = performance.now() + link.seconds * 1000;
    const tick = () => setText(this.#label, text.link(link, Math.max(0, until - performance.now()) / 1000));
    tick();
    this.#timer = setInterval(tick, 200);
  }
}
