/** @import { Selection } from '../../model/selection.js' */
import { find, findAll, setText } from '../../lib/dom.js';
import { beginsWord, plain } from '../../lib/search.js';

/** A search for a continent has at least three letters: fewer spell codes, and begin many names. */
const WORD = 3;

/** How well a search fits a country: it begins its name, begins a word about it, or is inside of one. */
export const FIT = { name: 0, word: 1, inside: 2, none: 3 };

/** The countries of one continent under a box that takes them all. */
export class Continent {
  #root;
  #head;
  #share;
  #boxes;
  #names;
  #selection;

  /** @param {HTMLElement} root @param {Selection} selection */
  constructor(root, selection) {
    this.#root = root;
    this.#selection = selection;
    this.#head = find(root, '[data-all]', HTMLInputElement);
    this.#share = find(root, '[data-share]', HTMLElement);
    this.#boxes = findAll(root, 'input[name=codes]', HTMLInputElement).map((box) => {
      const row = /** @type {HTMLElement} */ (box.closest('[data-country]'));
      const name = plain(find(row, 'span', HTMLElement).textContent ?? '');
      return { box, row, name, text: plain(`${row.textContent} ${row.dataset.country}`) };
    });
    this.#names = [this.name, root.dataset.continent ?? ''].map(plain);
    this.#head.addEventListener('change', () => selection.mark(this.matching, this.#head.checked));
  }

  get root() {
    return this.#root;
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

  /** Shows the selection in the boxes. */
  sync() {
    for (const { box } of this.#boxes) box.checked = this.#selection.has(box.value);
    const chosen = this.codes.filter((code) => this.#selection.has(code)).length;
    this.#head.checked = this.matching.every((code) => this.#selection.has(code));
    this.#head.indeterminate = !this.#head.checked && chosen > 0;
    setText(this.#share, `${chosen} / ${this.#boxes.length}`);
    this.#share.classList.toggle('is-some', chosen > 0);
  }

  /** How well a search fits the continent, or its best country. @param {string} query */
  fit(query) {
    return this.#isMeant(query) ? FIT.name : Math.min(...this.#boxes.map((country) => fit(country, query)));
  }

  /** Shows the countries that a search fits at least so well. @param {string} query @param {number} least */
  filter(query, least) {
    const isMeant = this.#isMeant(query);
    for (const country of this.#boxes) country.row.hidden = !isMeant && fit(country, query) > least;
    this.#root.hidden = this.matching.length === 0;
    this.sync();
  }

  /** @param {string} query */
  #isMeant(query) {
    return query.length >= WORD && this.#names.some((name) => beginsWord(name, query));
  }
}

/** @param {{name: string, text: string}} country @param {string} query */
function fit({ name, text }, query) {
  if (name.startsWith(query)) return FIT.name;
  if (beginsWord(text, query)) return FIT.word;
  return text.includes(query) ? FIT.inside : FIT.none;
}
