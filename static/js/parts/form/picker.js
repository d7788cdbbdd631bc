/** @import { JobRequest } from '../../model/request.js' */
/** @import { Selection } from '../../model/selection.js' */
import { announcer } from '../../lib/announcer.js';
import { find, findAll, parts, setText } from '../../lib/dom.js';
import { plain } from '../../lib/search.js';
import * as text from '../../text/form.js';
import { EVERY_CODE, expandCodes } from '../../model/codes.js';
import { Continent, FIT } from './continent.js';
import { BoxList } from './list.js';
import { OtherCodes } from './othercodes.js';
import { Recent } from './recent.js';

/** The country picker: presets, a search, and a list by continent, all for one Selection. */
export class Picker {
  #selection;
  #search;
  #offer;
  #parts;
  #list;
  #continents;
  /** The continents in the order of the page. @type {Continent[]} */
  #order;
  #others;
  #presets;
  #recent;

  /** @param {HTMLElement} root @param {Selection} selection */
  constructor(root, selection) {
    this.#selection = selection;
    this.#search = find(root, '[data-search]', HTMLInputElement);
    this.#offer = find(root, '[data-offer]', HTMLButtonElement);
    this.#parts = parts(root, 'noMatch', 'others', 'list');
    this.#continents = findAll(root, '[data-continent]', HTMLElement).map((group) => new Continent(group, selection));
    this.#order = this.#continents;
    const known = this.#continents.flatMap(({ codes }) => codes);
    this.#others = new OtherCodes(this.#parts.others, selection, new Set(known));
    this.#list = new BoxList(this.#parts.list, selection, () => this.#search.focus());
    this.#presets = findAll(root, '[data-preset]', HTMLButtonElement).map((button) => ({
      button,
      name: button.dataset.preset ?? '',
      codes: presetCodes(button, known),
    }));
    this.#recent = new Recent(root, selection, this.#continents);
    this.#listen();
    this.#takeFilledIn(root);
  }

  #listen() {
    for (const { button, codes } of this.#presets) button.addEventListener('click', () => this.#selection.set(codes));
    this.#selection.addEventListener('changed', () => this.#sync());
    this.#search.addEventListener('input', () => this.#filter());
    this.#search.addEventListener('keydown', (event) => this.#searchKey(event));
    this.#offer.addEventListener('click', () => this.#accept());
  }

  /**
   * Takes the choice that the page came with: in boxes, and in fields for pages without scripts.
   * @param {HTMLElement} root
   */
  #takeFilledIn(root) {
    const ticked = findAll(root, '[data-list] input[name=codes]:checked', HTMLInputElement).map(({ value }) => value);
    const further = find(root, '[data-further]', HTMLInputElement).value.split(' ').flatMap(expandCodes);
    const every = find(root, '[name=select]', HTMLSelectElement).value === 'every';
    this.#selection.set(every ? EVERY_CODE : [...ticked, ...further]);
    this.#filter();
  }

  /** The choice as the API takes it. @returns {JobRequest} */
  get request() {
    const preset = this.#presets.find(({ name, codes }) => name !== 'none' && this.#selection.is(codes));
    if (!preset) return { select: 'codes', codes: this.#selection.codes };
    return { select: /** @type {JobRequest['select']} */ (preset.name) };
  }

  focus() {
    this.#search.focus();
  }

  /** Offers a selection again later, unless it is a preset. @param {JobRequest} request */
  remember({ select, codes }) {
    if (select === 'codes' && codes?.length) this.#recent.remember(codes);
  }

  #sync() {
    for (const continent of this.#continents) continent.sync();
    this.#others.sync();
    this.#list.settle();
    for (const { button, codes } of this.#presets) button.ariaPressed = String(this.#selection.is(codes));
  }

  #filter() {
    const query = plain(this.#search.value);
    this.#find(query);
    this.#others.filter(query);
    const matches = this.#matches.length;
    const offer = text.offer(this.#spelt, matches);
    const noMatch = text.noMatch(this.#search.value.trim());
    setText(find(this.#offer, 'span', HTMLElement), offer);
    this.#offer.disabled = matches === 0 && this.#spelt.length === 0;
    this.#offer.hidden = query === '';
    this.#parts.noMatch.hidden = matches > 0 || this.#spelt.length > 1; // several codes are no name to match
    setText(this.#parts.noMatch, noMatch);
    this.#list.settle();
    if (query) announcer.say(this.#spelt.length ? offer : matches ? text.matches(matches) : noMatch);
  }

  /** Puts the best matches first. Matches inside of words show only if there are no better ones. @param {string} query */
  #find(query) {
    const fits = new Map(this.#continents.map((continent) => [continent, continent.fit(query)]));
    const anyWord = Math.min(...fits.values()) <= FIT.word;
    for (const continent of this.#continents) continent.filter(query, anyWord ? FIT.word : FIT.inside);
    const order = [...this.#continents].sort((a, b) => (fits.get(a) ?? 0) - (fits.get(b) ?? 0));
    if (order.some((continent, at) => continent !== this.#order[at])) {
      for (const { root } of order) this.#parts.list.append(root);
      this.#order = order;
    }
    this.#parts.list.scrollTop = 0;
  }

  get #matches() {
    return this.#continents.flatMap(({ matching }) => matching);
  }

  /** The codes that the search spells. Several words may be a name instead, such as "El Sa". */
  get #spelt() {
    const isName = /\S\s+\S/.test(this.#search.value) && this.#matches.length > 0;
    return isName ? [] : expandCodes(this.#search.value);
  }

  /** Takes the codes that the search spells, else all matches. */
  #accept() {
    this.#selection.mark(this.#spelt.length ? this.#spelt : this.#matches, true);
    this.#search.focus();
    this.#search.select();
  }

  /** @param {KeyboardEvent} event */
  #searchKey(event) {
    if (event.key === 'Enter') {
      event.preventDefault(); // Enter would submit the form
      if (this.#search.value && !this.#offer.disabled) this.#accept();
    } else if (event.key === 'ArrowDown') {
      event.preventDefault();
      this.#list.enter();
    }
  }
}

/** @param {HTMLButtonElement} button @param {string[]} known */
function presetCodes({ dataset }, known) {
  if (dataset.preset === 'all') return known;
  return dataset.preset === 'every' ? EVERY_CODE : (dataset.codes ?? '').split(' ').filter(Boolean);
}
