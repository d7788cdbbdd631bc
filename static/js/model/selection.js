/** A set of codes that dispatches `changed`. */
export class Selection extends EventTarget {
  /** @type {Set<string>} */
  #codes = new Set();

  get size() {
    return this.#codes.size;
  }

  /** Sorted, as the server sorts them. */
  get codes() {
    return [...this.#codes].sort();
  }

  /** @param {string} code */
  has(code) {
    return this.#codes.has(code);
  }

  /** @param {readonly string[]} codes */
  is(codes) {
    return codes.length === this.size && codes.every((code) => this.has(code));
  }

  /** @param {Iterable<string>} codes */
  set(codes) {
    this.#codes = new Set(codes);
    this.dispatchEvent(new Event('changed'));
  }

  /** @param {Iterable<string>} codes @param {boolean} chosen  Whether to add or to remove them. */
  mark(codes, chosen) {
    for (const code of codes) {
      if (chosen) this.#codes.add(code);
      else this.#codes.delete(code);
    }
    this.dispatchEvent(new Event('changed'));
  }
}
