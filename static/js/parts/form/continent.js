/** @import { Terms } from '../../lib/search.js' */
/** @import { Selection } from '../../model/selection.js' */
/** @import { terms } from '../../model/terms.js' */
import { find, findAll, putInOrder, setText } from '../../lib/dom.js';
import { plain, rank } from '../../lib/search.js';

/** A search for a continent has at least three letters: shorter texts spell codes, and begin many names. */
const WORD = 3;

/**
 * @typedef {object} Match  What a search may mean: a country, or a continent.
 * @property {number} rank  The lower, the better it fits.
 * @property {string} name
 * @property {string[]} codes
 *
 * @typedef {{box: HTMLInputElement, row: HTMLElement, name: string, terms: Terms}} Country
 * @typedef {{ranks: Map<Country, number>, whole: number, best: Match}} Fit  The ranks of countries and continent, and the best.
 */

/** The countries of one continent under a box that picks them all. */
export class Continent {
  root;
  #head;
  #share;
  #list;
  #countries;
  #terms;
  #selection;

  /** @param {HTMLElement} root @param {Selection} selection */
  constructor(root, selection) {
    this.root = root;
    this.#selection = selection;
    this.#head = find(root, '[data-all]', HTMLInputElement);
    this.#share = find(root, '[data-share]', HTMLElement);
    this.#list = find(root, 'ul', HTMLElement);
    this.#countries = findAll(this.#list, '[data-country]', HTMLElement).map(readCountry);
    // Only the first name is also found by a part of it. It is empty here, so that "sia" does not find Asia.
    this.#terms = { codes: [], names: ['', plain(this.name), plain(root.dataset.continent ?? '')], capitals: [], cities: [] };
    this.#head.addEventListener('change', () => selection.mark(this.matching, this.#head.checked));
  }

  get name() {
    return this.root.ariaLabel ?? '';
  }

  /** The countries' names by their codes. @returns {[string, string][]} */
  get names() {
    return this.#countries.map(({ box, name }) => [box.value, name]);
  }

  get codes() {
    return this.#countries.map(({ box }) => box.value);
  }

  /** The codes that the search does not hide. */
  get matching() {
    return this.#countries.filter(({ row }) => !row.hidden).map(({ box }) => box.value);
  }

  /** From now on, a search also finds other names. @param {typeof terms} termsOf */
  learn(termsOf) {
    for (const country of this.#countries) country.terms = termsOf({ cc: country.box.value, name: country.name, capital: '' });
  }

  /** Shows the selection in the boxes. */
  sync() {
    for (const { box } of this.#countries) box.checked = this.#selection.has(box.value);
    const chosen = this.codes.filter((code) => this.#selection.has(code)).length;
    this.#head.checked = this.matching.every((code) => this.#selection.has(code));
    this.#head.indeterminate = !this.#head.checked && chosen > 0;
    setText(this.#share, `${chosen} / ${this.#countries.length}`);
    this.#share.classList.toggle('is-some', chosen > 0);
  }

  /** How well a plain query fits the continent and its countries. @param {string} query @returns {Fit} */
  fit(query) {
    const whole = query.length < WORD ? Infinity : rank(this.#terms, query);
    const ranks = new Map(this.#countries.map((country) => [country, rank(country.terms, query)]));
    const [[{ name, box }, first]] = byRank([...ranks], ([, rank]) => rank);
    const best = first <= whole ? { rank: first, name, codes: [box.value] } : { rank: whole, name: this.name, codes: this.codes };
    return { ranks, whole, best };
  }

  /** How codes fit the continent: only their countries do, in the order of the codes. @param {string[]} codes @returns {Fit} */
  spell(codes) {
    const spelt = this.#countries.filter(({ box }) => codes.includes(box.value));
    const ranks = new Map(spelt.map((country) => [country, codes.indexOf(country.box.value)]));
    return { ranks, whole: Infinity, best: { rank: Math.min(...ranks.values()), name: '', codes } };
  }

  /** Shows the countries that a search fits, the best first; all if it fits the continent. @param {Fit[]} fits  One for each name. */
  show(fits) {
    const whole = Math.min(...fits.map(({ whole }) => whole));
    const least = (/** @type {Country} */ country) => Math.min(...fits.map(({ ranks }) => ranks.get(country) ?? Infinity));
    for (const country of this.#countries) country.row.hidden = Math.min(least(country), whole) === Infinity;
    this.root.hidden = this.matching.length === 0;
    putInOrder(this.#list, byRank(this.#countries, least).map(({ row }) => row));
    this.sync();
  }
}

/** Sorts by rank, lowest first; equal ranks keep their order. @template T @param {T[]} items @param {(item: T) => number} rankOf */
export const byRank = (items, rankOf) =>
  [...items].sort((a, b) => (rankOf(a) === rankOf(b) ? 0 : rankOf(a) - rankOf(b)));

/** @param {HTMLElement} row @returns {Country} */
function readCountry(row) {
  const box = find(row, 'input', HTMLInputElement);
  const name = find(row, 'span', HTMLElement).textContent ?? '';
  return { box, row, name, terms: { codes: [], names: [plain(name)], capitals: [], cities: [] } };
}
