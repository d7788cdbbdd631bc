/** @import { JobStore } from '../../model/store.js' */
import { find, findAll, setText } from '../../lib/dom.js';

/** How many there are of each look; those at zero are hidden. Also the mosaic's legend. */
export class Counters {
  #root;
  #entries;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
    this.#entries = findAll(root, 'li', HTMLElement).map((entry) => ({
      entry,
      figure: find(entry, '[data-figure]', HTMLElement),
    }));
  }

  /** Room for the largest number, so that none moves its neighbours. @param {JobStore} store */
  reset({ job }) {
    this.#root.style.setProperty('--digits', String(String(job.total).length));
  }

  /** @param {JobStore} store */
  update({ looks }) {
    for (const { entry, figure } of this.#entries) {
      const number = looks[/** @type {keyof typeof looks} */ (entry.dataset.status)];
      entry.hidden = number === 0;
      setText(figure, String(number));
    }
  }
}
