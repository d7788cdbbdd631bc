/** @import { JobStore } from '../../model/store.js' */
import { findAll } from '../../lib/dom.js';
import * as text from '../../text/job.js';

/** The stacked bar: one part per look, in order; each begins where the one before it ends. */
export class Bar {
  #root;
  #parts;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
    this.#parts = findAll(root, '[data-status]', HTMLElement);
  }

  /** @param {JobStore} store */
  update(store) {
    const { looks, job: { total } } = store;
    let start = 0;
    for (const part of this.#parts) {
      part.style.transform = `translateX(${(100 * start) / total}%)`;
      start += looks[/** @type {keyof typeof looks} */ (part.dataset.status)];
    }
    this.#root.ariaValueMax = String(total);
    this.#root.ariaValueNow = String(store.completed);
    this.#root.ariaValueText = text.progress(store.completed, store.job);
  }
}
