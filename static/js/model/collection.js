/** @import { Flag } from './types.js' */
/** @import { Terms } from '../lib/search.js' */
import { plain, rank } from '../lib/search.js';
import { terms } from './terms.js';

/**
 * @typedef {object} Card  A country, or a saved code of no country.
 * @property {string} cc
 * @property {string} name  Empty if the code is not a country's.
 * @property {string} capital
 * @property {string} continent
 * @property {Flag | null} flag
 * @property {boolean} [fetching]
 * @property {string} [problem]  Why it could not be fetched.
 * @property {Terms} [terms]  What a search compares with.
 *
 * @typedef {object} View  Filter and order.
 * @property {string} q
 * @property {string} continent
 * @property {string} sort  `name`, `code`, `newest` or `size`.
 * @property {string} show  `all`, `saved` or `missing`.
 */

const NO_CONTINENT = 'none';

const BY_NAME = 'name';

/** @type {Record<string, (a: Card, b: Card) => number>} By name, cards are already sorted; a search puts the best ones first. */
const ORDERS = {
  [BY_NAME]: () => 0,
  code: (a, b) => compare(a.cc, b.cc),
  newest: (a, b) => compare(b.flag?.saved_at ?? '', a.flag?.saved_at ?? ''),
  size: (a, b) => (b.flag?.bytes ?? 0) - (a.flag?.bytes ?? 0),
};

/**
 * The cards of the gallery, by the same rules as flagdl/web/pages/gallery.py; tests/fixtures/gallery.json tests both.
 *
 * A card in sight keeps its place when its flag is saved or deleted. The cards are only sorted again for another view,
 * or when a card comes into sight. Dispatches `changed`, whose `detail` is the list of changed cards.
 */
export class Collection extends EventTarget {
  /** @type {Map<string, Card>} */
  #cards;
  /** @type {Card[]} */
  #order = [];
  /** The cards fetched in this view: they stay in sight. @type {Set<Card>} */
  #fetched = new Set();
  /** @type {Card[]} */
  #shown = [];
  #view;
  /** The search, normalized in the same way as the texts of the cards. */
  #query = '';
  /** How well the search fits each card. @type {Map<Card, number>} */
  #ranks = new Map();

  /** @param {Card[]} cards  Sorted by name. @param {View} view */
  constructor(cards, view) {
    super();
    this.#cards = new Map(cards.map((card) => [card.cc, card]));
    this.#view = view;
    this.#search();
    this.#arrange();
  }

  /** Every card, in the order of the view. @returns {readonly Card[]} */
  get order() {
    return this.#order;
  }

  /** The cards in sight. @returns {readonly Card[]} */
  get shown() {
    return this.#shown;
  }

  /** @returns {string[]} the codes of the saved cards in sight */
  get savedInSight() {
    return this.#shown.filter(({ flag }) => flag).map(({ cc }) => cc);
  }

  get view() {
    return this.#view;
  }

  set view(view) {
    this.#view = view;
    this.#search();
    this.#fetched.clear();
    this.#arrange();
    this.#tell([]);
  }

  /** @param {string} cc */
  get(cc) {
    return this.#cards.get(cc);
  }

  /** How many flags are saved, and how many there are in all. */
  get share() {
    const cards = this.#order.filter(exists);
    return { saved: cards.filter(({ flag }) => flag).length, total: cards.length };
  }

  /** How many cards match search and continent. @returns {Record<string, number>} for each value of `show` */
  get found() {
    const found = this.#order.filter((card) => this.#finds(card));
    const saved = found.filter(({ flag }) => flag).length;
    return { all: found.length, saved, missing: found.length - saved };
  }

  /** @param {readonly Flag[]} flags  All that are saved. */
  setFlags(flags) {
    const saved = new Map(flags.map((flag) => [flag.cc, flag]));
    for (const { cc } of flags) if (!this.#cards.has(cc)) this.#add(ofNoCountry(cc));
    this.#changed([...this.#cards.values()].filter((card) => setFlag(card, saved.get(card.cc) ?? null)));
  }

  /** @param {Card} card */
  #add(card) {
    this.#cards.set(card.cc, card);
    this.#ranks.set(card, this.#rank(card));
  }

  /** @param {Iterable<string>} codes */
  beginFetching(codes) {
    const cards = this.#known(codes);
    for (const card of cards) {
      this.#fetched.add(card);
      Object.assign(card, { fetching: true, problem: '' });
    }
    this.#changed(cards);
  }

  /** @param {Iterable<string>} codes @param {string} [problem]  Why they are still missing. */
  endFetching(codes, problem = '') {
    const cards = this.#known(codes).filter(({ fetching }) => fetching);
    for (const card of cards) Object.assign(card, { fetching: false, problem: card.flag ? '' : problem });
    this.#changed(cards);
  }

  /** @param {Iterable<string>} codes */
  #known(codes) {
    return Array.from(codes, (cc) => this.#cards.get(cc)).filter((card) => card !== undefined);
  }

  /** @param {Card[]} touched */
  #changed(touched) {
    if (!touched.length) return;
    const shown = new Set(this.#shown);
    if (touched.some((card) => this.#shows(card) && !shown.has(card))) this.#arrange();
    else this.#shown = this.#order.filter((card) => this.#shows(card));
    this.#tell(touched);
  }

  /** @param {Card[]} touched */
  #tell(touched) {
    this.dispatchEvent(new CustomEvent('changed', { detail: touched }));
  }

  #search() {
    this.#query = plain(this.#view.q);
    this.#ranks = new Map(Array.from(this.#cards.values(), (card) => [card, this.#rank(card)]));
  }

  /** @param {Card} card */
  #rank(card) {
    card.terms ??= terms(card);
    return rank(card.terms, this.#query);
  }

  #arrange() {
    const cards = [...this.#cards.values()];
    const { sort } = this.#view;
    if (this.#query && sort === BY_NAME) cards.sort((a, b) => compare(this.#ranks.get(a), this.#ranks.get(b)));
    else cards.sort(ORDERS[sort]).sort((a, b) => Number(!a.flag) - Number(!b.flag));
    // The same array tells the grid that no card has moved: moving a thousand cards takes long.
    if (!isSame(cards, this.#order)) this.#order = cards;
    this.#shown = this.#order.filter((card) => this.#shows(card));
  }

  /** @param {Card} card */
  #shows(card) {
    const { show } = this.#view;
    const fits = show === 'all' || show === (card.flag ? 'saved' : 'missing') || this.#fetched.has(card);
    return fits && this.#finds(card);
  }

  /** @param {Card} card */
  #finds(card) {
    const { continent } = this.#view;
    const fits = continent === '' || continent === (card.continent || NO_CONTINENT);
    return fits && exists(card) && this.#ranks.get(card) !== Infinity;
  }
}

/** A code of no country has a card while it is saved. @param {Card} card */
const exists = ({ name, flag }) => name !== '' || flag !== null;

/** @param {string} cc @returns {Card} */
const ofNoCountry = (cc) => ({ cc, name: '', capital: '', continent: '', flag: null });

/** @param {Card} card @param {Flag | null} flag @returns {boolean} whether it differs */
function setFlag(card, flag) {
  const differs = card.flag?.url !== flag?.url || card.flag?.job !== flag?.job;
  card.flag = flag;
  if (flag) Object.assign(card, { fetching: false, problem: '' });
  return differs;
}

/** @param {Card[]} a @param {Card[]} b */
const isSame = (a, b) => a.length === b.length && a.every((card, at) => card === b[at]);

/** @param {any} a @param {any} b  Both texts, or both numbers. */
const compare = (a, b) => (a < b ? -1 : Number(a > b));
