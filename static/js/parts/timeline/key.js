/** @import { JobStore } from '../../model/store.js' */
import { findAll } from '../../lib/dom.js';

/** Explains the colours and patterns that occur. */
export class Key {
  #entries;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#entries = findAll(root, '[data-key-of]', HTMLElement);
  }

  /** @param {JobStore} store */
  update({ looks }) {
    for (const entry of this.#entries) entry.hidden = looks[/** @type {keyof typeof looks} */ (entry.dataset.keyOf)] === 0;
  }
}
