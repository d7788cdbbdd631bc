/** @import { Card } from '../../model/collection.js' */
import { announcer } from '../../lib/announcer.js';
import { find, parts } from '../../lib/dom.js';
import * as text from '../../text/gallery.js';
import { Collection } from '../../model/collection.js';
import { Selection } from '../../model/selection.js';
import { Feed } from './feed.js';
import { Fetcher } from './fetcher.js';
import { Gestures } from './gestures.js';
import { Grid } from './grid.js';
import { Head } from './head.js';
import { SelectionBar } from './selectionbar.js';
import { Tools } from './tools.js';
import { Trash } from './trash.js';
import { Viewer } from './viewer.js';

/** The gallery: owns the collection and the parts that show and change it. */
export class Gallery {
  #cards;
  #selection = new Selection();
  #tools;
  #collection;
  #feed;
  #fetcher;
  #head;
  #grid;
  #trash;
  #bar;
  #viewer;
  /** Returns what gets the focus when the focused element is hidden: a card, or the search if no card is in sight. */
  #rest = () => this.#grid.stop ?? this.#tools.search;

  /** @param {HTMLElement} root */
  constructor(root) {
    const found = parts(root, 'cards', 'collection', 'trash', 'selection', 'fetchMissing', 'fetchTop', 'clearFilter');
    this.#cards = found.cards;
    this.#tools = new Tools(find(root, '[data-tools]', HTMLFormElement));
    this.#collection = new Collection(JSON.parse(found.collection.textContent ?? ''), this.#tools.view);
    this.#feed = new Feed(this.#collection);
    this.#fetcher = new Fetcher(this.#collection, this.#feed);
    this.#head = new Head(root, this.#collection, this.#rest);
    this.#grid = new Grid(this.#cards, this.#collection, this.#selection);
    this.#trash = new Trash(found.trash, this.#feed, this.#rest);
    const actions = this.#actions();
    this.#viewer = new Viewer(find(root, '[data-viewer]', HTMLDialogElement), this.#collection, this.#trash, actions);
    this.#bar = new SelectionBar(found.selection, this.#collection, this.#selection, actions, this.#rest);
    new Gestures(this.#cards, this.#grid, this.#collection, this.#selection, actions);
    this.#listen();
    found.fetchMissing.addEventListener('click', () => this.#fetcher.fetch(this.#head.missing));
    found.fetchTop.addEventListener('click', () => this.#fetcher.fetch((found.fetchTop.dataset.codes ?? '').split(' ')));
    found.clearFilter.addEventListener('click', (event) => {
      event.preventDefault();
      this.#tools.clear();
    });
    this.#update([]);
  }

  #actions() {
    return {
      open: (/** @type {Card} */ card) => this.#viewer.open(card),
      fetch: (/** @type {Card} */ { cc }) => this.#fetcher.fetch([cc]),
      remove: (/** @type {string[]} */ codes) => this.#remove(codes),
      undo: () => this.#trash.undo(),
      selectAll: () => this.#selection.set(this.#collection.savedInSight),
      selectNothing: () => this.#selection.set([]),
    };
  }

  #listen() {
    this.#tools.addEventListener('changed', () => this.#filter());
    this.#collection.addEventListener('changed', (event) => {
      this.#update(/** @type {CustomEvent<Card[]>} */ (event).detail);
    });
    this.#trash.addEventListener('restored', (event) => this.#restored(/** @type {CustomEvent<string[]>} */ (event)));
    this.#viewer.addEventListener('closed', (event) => {
      this.#grid.focus(/** @type {CustomEvent<Card>} */ (event).detail.cc);
      this.#keepFocus();
    });
    // The image of a flag that was deleted elsewhere can't be loaded. The event `error` doesn't bubble.
    this.#cards.addEventListener('error', () => this.#feed.refresh(), true);
  }

  #filter() {
    this.#collection.view = this.#tools.view;
    announcer.say(text.shown(this.#collection.shown.length));
  }

  /** @param {Card[]} touched */
  #update(touched) {
    const gone = touched.filter(({ cc, flag }) => !flag && this.#selection.has(cc)).map(({ cc }) => cc);
    this.#grid.update(touched);
    this.#head.update();
    if (gone.length) this.#selection.mark(gone, false);
    this.#bar.update();
    this.#viewer.update();
  }

  /** Deletes flags, then focuses the card that took the place of the focused one, or Undo. @param {string[]} codes */
  async #remove(codes) {
    const focused = this.#grid.cardOf(document.activeElement);
    const at = this.#collection.shown.findIndex((card) => card === focused);
    await this.#trash.remove(codes);
    const fromBar = !focused && document.activeElement === this.#rest(); // the bar is hidden now
    if (!fromBar && !isFocusLost()) return;
    const next = this.#collection.shown[Math.min(at, this.#collection.shown.length - 1)];
    if (next) this.#grid.focus(next.cc);
    else this.#trash.focus();
  }

  /** @param {CustomEvent<string[]>} event */
  #restored({ detail: [first] }) {
    this.#viewer.update();
    if (isFocusLost()) this.#grid.focus(first);
    this.#keepFocus();
  }

  /** If the card that should have the focus is out of sight, focuses something else. */
  #keepFocus() {
    if (isFocusLost()) this.#rest().focus({ preventScroll: true });
  }
}

/** Whether the focused element is gone or hidden. */
function isFocusLost() {
  const focused = document.activeElement;
  return !focused || focused === document.body || focused.closest('[hidden], dialog:not([open])') !== null;
}
