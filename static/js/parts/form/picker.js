/** @import { JobRequest } from '../../model/request.js' */
/** @import { Selection } from '../../model/selection.js' */
/** @import { Fit, Match } from './continent.js' */
import { announcer } from '../../lib/announcer.js';
import { find, findAll, isComposing, parts, putInOrder, setText } from '../../lib/dom.js';
import { plain } from '../../lib/search.js';
import * as text from '../../text/form.js';
import { EVERY_CODE, expandCodes } from '../../model/codes.js';
import { parseQuery } from '../../model/searchquery.js';
import { Chips } from './chips.js';
import { Continent, byRank } from './continent.js';
import { BoxList } from './boxlist.js';
import { OtherCodes } from './othercodes.js';

/** The country picker: chips, a search, and a list by continent, all for one Selection. */
export class Picker {
  #selection;
  #search;
  #offer;
  #parts;
  #list;
  #continents;
  #others;
  #presets;
  #chips;
  #known;
  /** @type {Promise<void> | undefined} */
  #learnt;
  /** What Enter picks: the codes that the search spells, else what it fits best. @type {{codes: string[], what: string} | undefined} */
  #picks;
  /** Whether the choice is the preset that the page came with. The first pick of a search replaces it. */
  #isUntouched = false;

  /** @param {HTMLElement} root @param {Selection} selection */
  constructor(root, selection) {
    this.#selection = selection;
    this.#search = find(root, '[data-search]', HTMLInputElement);
    this.#offer = find(root, '[data-offer]', HTMLButtonElement);
    this.#parts = parts(root, 'chips', 'noMatch', 'others', 'list');
    this.#continents = findAll(root, '[data-continent]', HTMLElement).map((group) => new Continent(group, selection));
    const known = this.#continents.flatMap(({ codes }) => codes);
    this.#known = new Set(known);
    this.#others = new OtherCodes(this.#parts.others, selection, this.#known);
    this.#list = new BoxList(this.#parts.list, selection, () => this.#search.focus());
    const every = { select: 'every', name: text.PRESET.every, codes: EVERY_CODE };
    const all = { select: 'all', name: text.PRESET.all, codes: known };
    const top = { select: 'pop20', name: text.PRESET.pop20, codes: (root.dataset.top ?? '').split(' ') };
    this.#presets = [every, all, top];
    const names = new Map(this.#continents.flatMap(({ names }) => names));
    const groups = [...this.#presets, ...this.#continents];
    this.#chips = new Chips(this.#parts.chips, selection, groups, [top, all], (code) => names.get(code) ?? code);
    this.#listen();
    this.#takeFilledIn(root);
    this.#isUntouched = selection.is(top.codes); // unless the page's address says otherwise
  }

  #listen() {
    this.#selection.addEventListener('changed', () => {
      this.#isUntouched = false;
      this.#sync();
    });
    this.#search.addEventListener('focus', () => this.#learn());
    this.#search.addEventListener('input', () => this.#learn().then(() => this.#filter()));
    this.#search.addEventListener('keydown', (event) => this.#searchKey(event));
    this.#search.addEventListener('paste', (event) => this.#pasted(event));
    this.#offer.addEventListener('click', () => this.#accept());
  }

  /**
   * Takes over the choice that the page came with, from its boxes and from the fields for pages without scripts.
   * @param {HTMLElement} root
   */
  #takeFilledIn(root) {
    const ticked = findAll(root, '[data-list] input[name=codes]:checked', HTMLInputElement).map(({ value }) => value);
    const further = find(root, '[data-further]', HTMLInputElement).value.split(' ').flatMap(expandCodes);
    const named = find(root, '[name=select]', HTMLSelectElement).value;
    const preset = this.#presets.find(({ select }) => select === named);
    this.#selection.set(preset ? preset.codes : [...ticked, ...further]);
    this.#filter();
  }

  /** The names that people use for countries are a quarter of the page's bytes: only a search loads them. */
  #learn() {
    return (this.#learnt ??= import('../../model/terms.js').then(({ terms }) => {
      for (const continent of this.#continents) continent.learn(terms);
    }).catch(() => {})); // without the server, a search finds only the shown names
  }

  /** The choice as the API takes it. @returns {JobRequest} */
  get request() {
    const preset = this.#presets.find(({ codes }) => this.#selection.is(codes));
    if (!preset) return { select: 'codes', codes: this.#selection.codes };
    return { select: /** @type {JobRequest['select']} */ (preset.select) };
  }

  focus() {
    this.#search.focus();
  }

  /** Offers a selection again later, unless it is a preset. @param {JobRequest} request */
  remember({ select, codes }) {
    if (select === 'codes' && codes?.length) this.#chips.remember(codes);
  }

  #sync() {
    for (const continent of this.#continents) continent.sync();
    this.#others.sync();
    this.#list.settle();
    this.#showOffer();
  }

  #filter() {
    const typed = this.#search.value;
    const { codes, fits, missed } = parseQuery(typed, (name) => this.#fit(plain(name)), this.#known);
    const found = fits.filter(({ rank }) => rank < Infinity);
    const noMatch = text.noMatch(missed.join(', '));
    this.#picks = codes.length ? { codes, what: text.codes(codes) } : picksOf(found);
    const isList = codes.length > 1 && plain(typed).includes(' '); // one letter also begins a name
    this.#show(isList ? [this.#spell(codes)] : fits);
    this.#others.filter(plain(typed));
    this.#parts.noMatch.hidden = missed.length === 0 || codes.length > 1; // several codes are not a name
    setText(this.#parts.noMatch, noMatch);
    this.#showOffer();
    this.#list.settle();
    const matches = this.#continents.flatMap(({ matching }) => matching).length;
    const said = codes.length ? this.#offered : found.length ? text.found(this.#offered, matches) : '';
    if (plain(typed)) announcer.say([said, this.#parts.noMatch.hidden ? '' : noMatch].filter(Boolean).join('. '));
  }

  /** What a plain name fits best, and how it fits each continent. @param {string} name */
  #fit(name) {
    const continents = new Map(this.#continents.map((continent) => [continent, continent.fit(name)]));
    const [{ best }] = byRank([...continents.values()], ({ best }) => best.rank);
    return { ...best, continents };
  }

  /** How codes fit each continent. @param {string[]} codes */
  #spell(codes) {
    return { continents: new Map(this.#continents.map((continent) => [continent, continent.spell(codes)])) };
  }

  /** Shows what a search fits, the best first. @param {{continents: Map<Continent, Fit>}[]} fits */
  #show(fits) {
    const fitsOf = (/** @type {Continent} */ continent) => fits.flatMap(({ continents }) => continents.get(continent) ?? []);
    for (const continent of this.#continents) continent.show(fitsOf(continent));
    const order = byRank(this.#continents, (continent) => Math.min(...fitsOf(continent).map(({ best }) => best.rank)));
    putInOrder(this.#parts.list, order.map(({ root }) => root));
    this.#parts.list.scrollTop = 0;
  }

  /** What Enter does, in words. */
  get #offered() {
    return this.#picks ? text.offer(this.#picks.what, this.#isUntouched) : text.NOTHING;
  }

  #showOffer() {
    const label = find(this.#offer, 'span', HTMLElement);
    setText(label, this.#offered);
    this.#offer.disabled = !this.#picks;
    this.#offer.hidden = plain(this.#search.value) === '';
    this.#offer.title = label.scrollWidth > label.clientWidth ? this.#offered : '';
  }

  #accept() {
    if (!this.#picks) return;
    if (this.#isUntouched) {
      this.#selection.set(this.#picks.codes);
      announcer.say(text.replaced(this.#picks.what));
    } else this.#selection.mark(this.#picks.codes, true);
    this.#search.focus();
    this.#search.select();
  }

  /** @param {KeyboardEvent} event */
  #searchKey(event) {
    if (isComposing(event)) return;
    if (event.key === 'Enter') {
      event.preventDefault(); // Enter would submit the form
      this.#learn().then(() => plain(this.#search.value) && this.#accept());
    } else if (event.key === 'ArrowDown') {
      event.preventDefault();
      this.#list.enter();
    }
  }

  /** Makes a list from a table's column: a one-line field would join the names. @param {ClipboardEvent} event */
  #pasted(event) {
    const names = event.clipboardData?.getData('text').trim().split(/[\n\r\t]+/) ?? [];
    if (names.length < 2 || names.length > EVERY_CODE.length) return; // no column, or no countries
    event.preventDefault();
    const { selectionStart, selectionEnd } = this.#search;
    this.#search.setRangeText(names.join('; '), selectionStart ?? 0, selectionEnd ?? 0, 'end');
    this.#search.dispatchEvent(new Event('input', { bubbles: true }));
  }
}

/** What Enter picks from the matches of a search. @param {Match[]} found */
function picksOf(found) {
  const codes = [...new Set(found.flatMap(({ codes }) => codes))];
  const names = [...new Set(found.map(({ name }) => name))];
  return names.length ? { codes, what: text.meant(names, codes.length) } : undefined;
}
