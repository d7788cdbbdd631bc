/** @import { JobStore } from '../../model/store.js' */
import { find, findAll, setText } from '../../lib/dom.js';

/** How many codes have each look; zeros are hidden. It is the mosaic's legend, too. */
export class Counters {
  #entries;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#entries = findAll(root, 'li', HTMLElement).map((entry) => ({
      entry,
      figure: find(entry, '[data-figure]', HTMLElement),
    }));
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
