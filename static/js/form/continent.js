/** @import { Selection } from './selection.js' */
import { find, findAll, setText } from '../lib/dom.js';
import { plain } from '../lib/search.js';

/** A continent isn't looked for by one or two letters: they spell codes, and begin many a name. */
const WORD = 3;

/** The countries of one continent under a box that takes them all. */
export class Continent {
  #root;
  #head;
  #share;
  #boxes;
  #names;
  #selection;

  /**
   * @param {HTMLElement} root
   * @param {Selection} selection
   */
  constructor(root, selection) {
    this.#root = root;
    this.#selection = selection;
    this.#head = find(root, '[data-all]', HTMLInputElement);
    this.#share = find(root, '[data-share]', HTMLElement);
    this.#boxes = findAll(root, 'input[name=codes]', HTMLInputElement).map((box) => {
      const row = /** @type {HTMLElement} */ (box.closest('[data-country]'));
      return { box, row, text: plain(`${row.textContent} ${row.dataset.country}`) };
    });
    this.#names = [this.name, root.dataset.continent ?? ''].map(plain);
    this.#head.addEventListener('change', () => {
      selection.mark(this.matching, this.#head.checked);
    });
  }

  get name() {
    return this.#root.ariaLabel ?? '';
  }

  get codes() {
    return this.#boxes.map(({ box }) => box.value);
  }

  /** The codes that the search has left. */
  get matching() {
    return this.#boxes.filter(({ row }) => !row.hidden).map(({ box }) => box.value);
  }

  /** Every box shows what is chosen. */
  sync() {
    for (const { box } of this.#boxes) box.checked = this.#selection.has(box.value);
    const chosen = this.codes.filter((code) => this.#selection.has(code)).length;
    this.#head.checked = this.matching.every((code) => this.#selection.has(code));
    this.#head.indeterminate = !this.#head.checked && chosen > 0;
    setText(this.#share, `${chosen} / ${this.#boxes.length}`);
    this.#share.classList.toggle('is-some', chosen > 0);
  }

  /** @param {string} query */
  filter(query) {
    const isMeant = query.length >= WORD && this.#names.some((name) => ` ${name}`.includes(` ${query}`));
    for (const { row, text } of this.#boxes) row.hidden = !isMeant && !text.includes(query);
    this.#root.hidden = this.matching.length === 0;
    this.sync();
  }
}
