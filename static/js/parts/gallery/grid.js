/** @import { Card, Collection } from '../../model/collection.js' */
/** @import { Selection } from '../../model/selection.js' */
import { element, find, findAll, setText } from '../../lib/dom.js';
import * as text from '../../text/gallery.js';

/** The cards. The server has rendered them; changes are drawn from its two templates. One card is the tab stop. */
export class Grid {
  #root;
  #collection;
  #templates;
  /** @type {Map<string, HTMLElement>} */
  #items;
  /** @type {readonly Card[]} The order of the items in the page. */
  #order;
  /** @type {Set<string>} */
  #selected = new Set();
  /** @type {HTMLElement | null} The item that the Tab key stops at. */
  #stop = null;

  /** @param {HTMLElement} root @param {Collection} collection @param {Selection} selection */
  constructor(root, collection, selection) {
    this.#root = root;
    this.#collection = collection;
    this.#templates = {
      saved: find(document, 'template[data-saved]', HTMLTemplateElement),
      missing: find(document, 'template[data-missing]', HTMLTemplateElement),
    };
    this.#items = new Map(findAll(root, '[data-cc]', HTMLElement).map((item) => [item.dataset.cc ?? '', item]));
    this.#order = collection.order;
    for (const opener of findAll(root, '.card-open', HTMLElement)) opener.tabIndex = -1;
    root.addEventListener('focusin', ({ target }) => this.#focused(target));
    selection.addEventListener('changed', () => this.#select(new Set(selection.codes)));
    this.#keepStop();
  }

  /** Cards in a row. */
  get columns() {
    return getComputedStyle(this.#root).gridTemplateColumns.split(' ').length;
  }

  /** @param {EventTarget | null} target @returns {Card | undefined} the card that contains it */
  cardOf(target) {
    const item = target instanceof Element ? target.closest('[data-cc]') : null;
    return item instanceof HTMLElement ? this.#collection.get(item.dataset.cc ?? '') : undefined;
  }

  /** The element that the Tab key stops at; null without a card in sight. */
  get stop() {
    return this.#stop && !this.#stop.hidden ? opener(this.#stop) : null;
  }

  /** @param {string} cc */
  focus(cc) {
    const item = this.#items.get(cc);
    if (item && !item.hidden) opener(item).focus();
  }

  /** @param {Iterable<Card>} touched */
  update(touched) {
    for (const card of touched) this.#draw(card);
    if (this.#order !== this.#collection.order) this.#sort();
    const shown = new Set(this.#collection.shown.map(({ cc }) => cc));
    for (const [cc, item] of this.#items) {
      if (item.hidden === shown.has(cc)) item.hidden = !item.hidden;
    }
    this.#keepStop();
  }

  #sort() {
    this.#order = this.#collection.order;
    const focused = document.activeElement;
    this.#root.append(...this.#order.map(({ cc }) => this.#item(cc)));
    if (focused instanceof HTMLElement && this.#root.contains(focused)) focused.focus();
  }

  /** @param {string} cc */
  #item(cc) {
    const item = this.#items.get(cc) ?? element('li', { className: 'flag-card', id: cc, dataset: { cc } });
    this.#items.set(cc, item);
    return item;
  }

  /** @param {Card} card */
  #draw(card) {
    const item = this.#item(card.cc);
    const state = card.flag ? 'saved' : 'missing';
    if (item.dataset.state !== state) this.#turn(item, state, card);
    item.classList.toggle('is-fetching', Boolean(card.fetching));
    item.classList.toggle('has-failed', Boolean(card.problem));
    if (card.flag) drawFlag(item, card.flag);
    else setText(find(item, '[data-note]', HTMLElement), text.note(card));
  }

  /**
   * Replaces the content: a saved flag is a link, a missing one a button. The focus stays.
   * @param {HTMLElement} item
   * @param {'saved' | 'missing'} state
   * @param {Card} card
   */
  #turn(item, state, card) {
    const focused = item.contains(document.activeElement);
    const stops = item === this.#stop;
    item.dataset.state = state;
    item.replaceChildren(this.#templates[state].content.cloneNode(true));
    setText(find(item, '[data-name]', HTMLElement), text.name(card));
    setText(find(item, 'code', HTMLElement), card.cc);
    item.querySelector('input')?.setAttribute('aria-label', text.select(card));
    opener(item).tabIndex = stops ? 0 : -1;
    if (focused) opener(item).focus();
  }

  /** @param {Set<string>} selected */
  #select(selected) {
    for (const cc of this.#selected) if (!selected.has(cc)) this.#mark(cc, false);
    for (const cc of selected) this.#mark(cc, true);
    this.#selected = selected;
    this.#root.classList.toggle('has-selection', selected.size > 0);
  }

  /** @param {string} cc @param {boolean} selected */
  #mark(cc, selected) {
    const item = this.#items.get(cc);
    item?.classList.toggle('is-selected', selected);
    const box = item?.querySelector('input');
    if (!item || !box) return; // a card without a flag
    box.checked = selected;
    opener(item).ariaDescription = selected ? text.SELECTED : null; // the Tab key skips the box
  }

  /** @param {EventTarget | null} target */
  #focused(target) {
    const item = target instanceof Element ? target.closest('[data-cc]') : null;
    if (item instanceof HTMLElement) this.#stopAt(item);
  }

  /** Makes a card in sight the tab stop. */
  #keepStop() {
    if (this.#stop && !this.#stop.hidden) return;
    const first = this.#collection.shown[0];
    if (first) this.#stopAt(this.#item(first.cc));
  }

  /** @param {HTMLElement} item */
  #stopAt(item) {
    if (this.#stop) opener(this.#stop).tabIndex = -1;
    this.#stop = item;
    opener(item).tabIndex = 0;
  }
}

/** The link that opens the viewer, or the button that fetches the flag. @param {HTMLElement} item */
const opener = (item) => find(item, '.card-open', HTMLElement);

/** @param {HTMLElement} item @param {NonNullable<Card['flag']>} flag */
function drawFlag(item, { url }) {
  const image = find(item, 'img', HTMLImageElement);
  if (image.getAttribute('src') === url) return;
  image.src = url;
  find(item, 'a', HTMLAnchorElement).href = url;
}
