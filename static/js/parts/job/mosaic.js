/** @import { JobStore } from '../../model/store.js' */
/** @import { FetchImages } from './flagloader.js' */
/** @import { Highlight } from '../../model/highlight.js' */
/** @import { Look, Row } from '../../model/types.js' */
import { element, placeOf } from '../../lib/dom.js';
import { nextIndex } from '../../lib/roving.js';
import * as text from '../../text/job.js';
import { FlagLoader } from './flagloader.js';
import { arrange, columnsOf } from './squares.js';

/**
 * A square per code. The square becomes the flag when the flag is saved and returned. The mosaic is one tab stop;
 * arrow keys move within it.
 */
export class Mosaic {
  #root;
  #names;
  #highlight;
  /** @type {Map<string, HTMLElement>} */
  #tiles = new Map();
  /** @type {Map<string, Row>} */
  #rows = new Map();
  #flags;
  #open;

  /**
   * @param {HTMLElement} root
   * @param {Map<string, string>} names
   * @param {Highlight} highlight
   * @param {FetchImages} fetchImages
   * @param {(cc: string) => void} open  Called for a saved flag that is clicked, or chosen by Enter.
   */
  constructor(root, names, highlight, fetchImages, open) {
    this.#root = root;
    this.#names = names;
    this.#highlight = highlight;
    this.#flags = new FlagLoader(fetchImages);
    this.#open = open;
    root.addEventListener('keydown', (event) => this.#move(event));
    root.addEventListener('click', ({ target }) => this.#opened(target));
    root.addEventListener('focusin', ({ target }) => this.#focused(target));
    root.addEventListener('focusout', () => highlight.clear());
    root.addEventListener('pointerover', ({ target }) => this.#pointed(target));
    root.addEventListener('pointerleave', () => this.#pointed(document.activeElement));
    highlight.watch((cc) => this.#mark(cc));
  }

  /** @param {JobStore} store */
  reset(store) {
    const { items } = store.job;
    this.#rows = new Map(items.map((row) => [row.cc, row]));
    if (!this.#tiles.size) this.#build(items); // after a snapshot and in a replay, the squares and their focus stay
    this.update(store, items);
  }

  /** @param {Row[]} items */
  #build(items) {
    this.#tiles = new Map(items.map(({ cc }) => [cc, newTile(cc)]));
    const tiles = [...this.#tiles.values()];
    tiles[0].tabIndex = 0;
    arrange(this.#root, tiles);
  }

  /** @param {JobStore} store @param {Iterable<Row>} touched */
  update(store, touched) {
    for (const row of touched) {
      const tile = this.#tiles.get(row.cc);
      const look = store.lookOf(row);
      if (tile && tile.dataset.status !== look) this.#draw(tile, row.cc, look);
    }
  }

  /** @param {HTMLElement} tile @param {string} cc @param {Look} look */
  #draw(tile, cc, look) {
    tile.dataset.status = look;
    tile.ariaLabel = text.tile(cc, this.#names.get(cc), look);
    if (look === 'ok') this.#flags.load(tile, cc);
    else if (tile.firstElementChild) tile.textContent = cc; // a replay went back
  }

  /** @param {KeyboardEvent} event */
  #move(event) {
    if (event.key === 'Enter') return this.#opened(event.target);
    const tiles = [...this.#tiles.values()];
    const at = tiles.findIndex((tile) => tile === event.target);
    const next = at < 0 ? null : nextIndex(event, at, tiles.length, columnsOf(this.#root));
    if (next === null) return;
    event.preventDefault();
    tiles[next].focus();
  }

  /** @param {EventTarget | null} target */
  #opened(target) {
    const tile = target instanceof Element ? target.closest('.tile') : null;
    if (tile instanceof HTMLElement && tile.dataset.status === 'ok') this.#open(tile.dataset.cc ?? '');
  }

  /** @param {EventTarget | null} target */
  #focused(target) {
    this.#root.querySelector('[tabindex="0"]')?.setAttribute('tabindex', '-1');
    if (target instanceof HTMLElement) target.tabIndex = 0;
    this.#pointed(target);
  }

  /** @param {EventTarget | null} target */
  #pointed(target) {
    const tile = target instanceof Element ? target.closest('.tile') : null;
    const row = tile instanceof HTMLElement && this.#rows.get(tile.dataset.cc ?? '');
    if (!tile || !row) return this.#highlight.clear();
    this.#highlight.set(row, () => placeOf(tile));
  }

  /** @param {string} cc */
  #mark(cc) {
    this.#root.querySelector('[data-highlighted]')?.removeAttribute('data-highlighted');
    this.#tiles.get(cc)?.setAttribute('data-highlighted', '');
  }
}

/** Cloned for each code: cheaper than creating each element. */
const blankTile = element('div', { className: 'tile', tabIndex: -1, role: 'option' });

/** @param {string} cc */
function newTile(cc) {
  const tile = /** @type {HTMLElement} */ (blankTile.cloneNode());
  tile.dataset.cc = cc;
  tile.textContent = cc;
  return tile;
}
