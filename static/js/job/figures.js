/** @import { JobStore } from './store.js' */
import { find, setText } from '../lib/dom.js';
import { clock, duration } from '../lib/text.js';
import { rate } from './text.js';

const NOTHING_YET = '–';

/** n of N, elapsed, rate and how long it will take yet. */
export class Figures {
  #done;
  #total;
  #elapsed;
  #rate;
  #left;
  #untilEnd;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#done = find(root, '[data-done]', HTMLElement);
    this.#total = find(root, '[data-total]', HTMLElement);
    this.#elapsed = find(root, '[data-elapsed]', HTMLElement);
    this.#rate = find(root, '[data-rate]', HTMLElement);
    this.#left = find(root, '[data-left]', HTMLElement);
    this.#untilEnd = find(root, '[data-until-end]', HTMLElement);
  }

  /** @param {JobStore} store */
  update(store) {
    const { job, elapsed } = store;
    // Measured at the last event, not now: between two events it would only seem to slow down.
    const perSecond = job.elapsed > 0 ? store.completed / job.elapsed : 0;
    const left = store.remaining / perSecond - (elapsed - job.elapsed);
    setText(this.#done, String(store.completed));
    setText(this.#total, String(job.total));
    setText(this.#elapsed, store.ended ? duration(elapsed) : clock(elapsed));
    setText(this.#rate, perSecond ? rate(perSecond) : NOTHING_YET);
    setText(this.#left, perSecond ? clock(Math.max(0, left)) : NOTHING_YET);
    this.#untilEnd.hidden = store.ended;
  }
}
