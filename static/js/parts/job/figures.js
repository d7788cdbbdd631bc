/** @import { JobStore } from '../../model/store.js' */
import { parts, setText } from '../../lib/dom.js';
import { clock, duration } from '../../lib/text.js';
import { rate } from '../../text/job.js';

const NOTHING_YET = '–';

/** n of N, elapsed time, rate and time left. */
export class Figures {
  #parts;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#parts = parts(root, 'done', 'total', 'elapsed', 'rate', 'left', 'untilEnd');
  }

  /** @param {JobStore} store */
  update(store) {
    const { job, elapsed } = store;
    // At the last event, not now: between two events the rate would only seem to fall.
    const perSecond = job.elapsed > 0 ? store.completed / job.elapsed : 0;
    const left = store.remaining / perSecond - (elapsed - job.elapsed);
    setText(this.#parts.done, String(store.completed));
    setText(this.#parts.total, String(job.total));
    setText(this.#parts.elapsed, store.ended ? duration(elapsed) : clock(elapsed));
    setText(this.#parts.rate, perSecond ? rate(perSecond) : NOTHING_YET);
    setText(this.#parts.left, perSecond ? clock(Math.max(0, left)) : NOTHING_YET);
    this.#parts.untilEnd.hidden = store.ended;
  }
}
