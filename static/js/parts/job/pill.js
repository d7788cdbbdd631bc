/** @import { Link } from '../../model/connection.js' */
/** @import { JobStore } from '../../model/store.js' */
import { announcer } from '../../lib/announcer.js';
import { find, setText } from '../../lib/dom.js';
import { connectionTo } from '../../model/follow.js';
import * as text from '../../text/job.js';

const SHOW_CAUGHT_UP = 5000;

/** Updates a store until its job has ended, and shows the connection. @param {JobStore} store @param {HTMLElement} root */
export function follow(store, root) {
  const pill = new Pill(find(root, '[data-pill]', HTMLElement));
  const over = () => pill.show({ phase: 'over' });
  if (store.ended) return over();
  const connection = connectionTo(store);
  connection.addEventListener('link', (event) => {
    pill.show(/** @type {CustomEvent<Link>} */ (event).detail);
    root.toggleAttribute('data-stalled', store.stalled);
  });
  connection.addEventListener('message', () => store.ended && over());
  connection.open();
}

/** The state of the connection, with its countdown. Announces once that the connection is lost, and that it is back. */
class Pill {
  #root;
  #label;
  #timer = 0;
  #lost = false;

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
    this.#say(link.phase);
    if (link.phase === 'waiting') this.#countDown(link);
    if (link.phase === 'live' && link.caughtUp) {
      this.#timer = setTimeout(() => this.show({ phase: 'live', caughtUp: 0 }), SHOW_CAUGHT_UP);
    }
  }

  /** @param {Link['phase']} phase */
  #say(phase) {
    if (phase === 'connecting') return; // an attempt changes nothing yet
    const lost = phase === 'waiting';
    const back = phase === 'live' || phase === 'polling';
    if (lost && !this.#lost) announcer.say(text.LOST);
    if (back && this.#lost) announcer.say(text.BACK);
    this.#lost = lost;
  }

  /** @param {Link & {phase: 'waiting'}} link */
  #countDown(link) {
    const until = performance.now() + link.seconds * 1000;
    const tick = () => setText(this.#label, text.link(link, Math.max(0, until - performance.now()) / 1000));
    tick();
    this.#timer = setInterval(tick, 200);
  }
}
