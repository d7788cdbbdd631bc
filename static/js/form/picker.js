/** @import { Selection } from './selection.js' */
import { EVERY_CODE, expandCodes } from './codes.js';
import { Continent } from './continent.js';
import { find, findAll, setText } from '../lib/dom.js';
import { OtherCodes } from './othercodes.js';
import { nextIndex } from '../lib/roving.js';
import { plain } from '../lib/search.js';
import * as text from './text.js';

/** The country picker: presets, a search, and a list by continent, all over one Selection. */
export class Picker {
  #selection;
  #search;
  #offer;
  #list;
  #continents;
  #others;
  #presets;

  /**
   * @param {HTMLElement} root
   * @param {Selection} selection
   */
  constructor(root, selection) {
    this.#selection = selection;
    this.#search = find(root, '[data-search]', HTMLInputElement);
    this.#offer = find(root, '[data-offer]', HTMLButtonElement);
    this.#list = find(root, '[data-list]', HTMLElement);
    this.#continents = findAll(root, '[data-continent]', HTMLElement).map((group) => new Continent(group, selection));
    const known = this.#continents.flatMap(({ codes }) => codes);
    this.#others = new OtherCodes(find(root, '[data-others]', HTMLElement), selection, new Set(known));
    this.#presets = findAll(root, '[data-preset]', HTMLButtonElement).map((button) => ({
      button,
      codes: presetCodes(button, known),
    }));
    this.#listen();
    this.#takeTicked();
  }

  #listen() {
    for (const { button, codes } of this.#presets) {
      button.addEventListener('click', () => this.#selection.set(codes));
    }
    this.#selection.addEventListener('changed', () => this.#sync());
    this.#search.addEventListener('input', () => this.#filter());
    this.#search.addEventListener('keydown', (event) => this.#searchKey(event));
    this.#offer.addEventListener('click', () => this.#accept());
    this.#list.addEventListener('change', ({ target }) => this.#ticked(target));
    this.#list.addEventListener('keydown', (event) => this.#move(event));
    this.#list.addEventListener('focusin', ({ target }) => this.#focused(target));
  }

  /** The page may come with boxes ticked: from the server, or restored by the browser. */
  #takeTicked() {
    const ticked = findAll(this.#list, 'input[name=codes]:checked', HTMLInputElement);
    this.#selection.set(ticked.map(({ value }) => value));
    this.#filter();
    const boxes = findAll(this.#list, 'input', HTMLInputElement);
    for (const box of boxes) box.tabIndex = -1;
    boxes[0].tabIndex = 0;
  }

  #sync() {
    for (const continent of this.#continents) continent.sync();
    this.#others.sync();
    for (const { button, codes } of this.#presets) {
      button.ariaPressed = String(this.#selection.is(codes));
    }
  }

  #filter() {
    const query = plain(this.#search.value);
    for (const continent of this.#continents) continent.filter(query);
    this.#others.filter(query);
    const matches = this.#matches.length;
    setText(find(this.#offer, 'span', HTMLElement), text.offer(expandCodes(query), matches));
    this.#offer.disabled = matches === 0 && expandCodes(query).length === 0;
    this.#offer.hidden = query === '';
  }

  get #matches() {
    return this.#continents.flatMap(({ matching }) => matching);
  }

  /** Takes what the search offers: the codes that are spelt out, else all that match. */
  #accept() {
    const spelt = expandCodes(this.#search.value);
    this.#selection.mark(spelt.length ? spelt : this.#matches, true);
    this.#search.focus();
    this.#search.select();
  }

  /** @param {KeyboardEvent} event */
  #searchKey(event) {
    if (event.key === 'Enter') {
      event.preventDefault(); // it isn't the form that is meant
      if (this.#search.value && !this.#offer.disabled) this.#accept();
    } else if (event.key === 'ArrowDown') {
      event.preventDefault();
      this.#visibleBoxes[0]?.focus();
    }
  }

  /** @param {EventTarget | null} target */
  #ticked(target) {
    if (target instanceof HTMLInputElement && target.name === 'codes') {
      this.#selection.mark([target.value], target.checked);
    }
  }

  get #visibleBoxes() {
    return findAll(this.#list, 'input', HTMLInputElement).filter((box) => !box.closest('[hidden]'));
  }

  /** @param {KeyboardEvent} event */
  #move(event) {
    const boxes = this.#visibleBoxes;
    const at = boxes.findIndex((box) => box === event.target);
    const next = nextIndex(event.key, at, boxes.length);
    if (next === null) return;
    event.preventDefault();
    if (at === 0 && event.key === 'ArrowUp') this.#search.focus();
    else boxes[next].focus();
  }

  /** @param {EventTarget | null} target */
  #focused(target) {
    this.#list.querySelector('[tabindex="0"]')?.setAttribute('tabindex', '-1');
    if (target instanceof HTMLElement) target.tabIndex = 0;
  }
}

/**
 * @param {HTMLButtonElement} button
 * @param {string[]} known
 */
function presetCodes(button, known) {
  switch (button.dataset.preset) {
    case 'all':
      return known;
    case 'every':
      return EVERY_CODE;
    default:
      return (button.dataset.codes ?? '').split(' ').filter(Boolean);
  }
}
