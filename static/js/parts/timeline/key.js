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
    this.show([looks]);
  }

  /** @param {JobStore['looks'][]} all  The looks of each job that is shown. */
  show(all) {
    for (const entry of this.#entries) {
      const look = /** @type {keyof JobStore['looks']} */ (entry.dataset.keyOf);
      entry.hidden = all.every((looks) => looks[look] === 0);
    }
  }
}
