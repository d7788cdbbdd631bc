/** @import { JobStore } from './store.js' */
/** @import { Row } from '../lib/types.js' */
import { flagUrl } from '../lib/api.js';
import { nextIndex } from '../lib/roving.js';
import { NO_COUNTRY } from '../lib/text.js';
import * as text from './text.js';

/** Up to how many codes the squares are that large; above, they are small. */
const DENSITIES = /** @type {const} */ ([
  ['large', 28],
  ['roomy', 90],
  ['medium', 260],
]);

/** @param {number} length */
export const densityFor = (length) => DENSITIES.find(([, most]) => length <= most)?.[0] ?? 'dense';

/**
 * A square per code, which becomes the flag itself when it is saved. Arrow
 * keys move within it; it is one stop of the Tab key.
 */
export class Mosaic {
  #root;
  #names;
  #point;
  /** @type {Map<string, HTMLElement>} */
  #tiles = new Map();
  /** @type {Row[]} */
  #rows = [];

  /**
   * @param {HTMLElement} root
   * @param {Map<string, string>} names
   * @param {(row: Row | null) => void} point  Told which square is pointed at or focused.
   */
  constructor(root, names, point) {
    this.#root = root;
    this.#names = names;
    this.#point = point;
    root.addEventListener('keydown', (event) => this.#move(event));
    root.addEventListener('focusin', ({ target }) => this.#focused(target));
    root.addEventListener('focusout', () => point(null));
    root.addEventListener('pointerover', ({ target }) => this.#pointed(target));
    root.addEventListener('pointerleave', () => this.#pointed(document.activeElement));
    // A flag that has been deleted since: the code that it lies over shows again. (It doesn't bubble.)
    root.addEventListener('error', ({ target }) => target instanceof HTMLImageElement && target.remove(), true);
  }

  /** @param {JobStore} store */
  reset({ job }) {
    this.#rows = job.items;
    this.#tiles = new Map(job.items.map(({ cc }) => [cc, newTile(cc)]));
    this.#root.dataset.density = densityFor(job.items.length);
    this.update(null, job.items);
    const tiles = [...this.#tiles.values()];
    tiles[0].tabIndex = 0;
    this.#root.replaceChildren(...tiles);
  }

  /** @param {unknown} _store @param {Iterable<Row>} touched */
  update(_store, touched) {
    for (const row of touched) {
      const tile = this.#tiles.get(row.cc);
      if (tile) this.#draw(tile, row);
    }
  }

  /** @param {HTMLElement} tile @param {Row} row */
  #draw(tile, row) {
    tile.dataset.status = row.status;
    tile.ariaLabel = text.tile(row, this.#names.get(row.cc) ?? NO_COUNTRY);
    if (row.status === 'ok' && !tile.firstElementChild) tile.append(flagImage(row.cc));
  }

  /** @param {KeyboardEvent} event */
  #move(event) {
    const tiles = [...this.#tiles.values()];
    const at = tiles.findIndex((tile) => tile === event.target);
    const columns = getComputedStyle(this.#root).gridTemplateColumns.split(' ').length;
    const next = at < 0 ? null : nextIndex(event.key, at, tiles.length, columns);
    if (next === null) return;
    event.preventDefault();
    tiles[next].focus();
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
    const row = tile instanceof HTMLElement && this.#rows.find(({ cc }) => cc === tile.dataset.cc);
    this.#point(row || null);
  }
}

/** Copied for each code, which is cheaper than building hundreds anew. */
const blankTile = document.createElement('div');
blankTile.className = 'tile';
blankTile.tabIndex = -1;
blankTile.setAttribute('role', 'option');

/** @param {string} cc */
function newTile(cc) {
  const tile = /** @type {HTMLElement} */ (blankTile.cloneNode());
  tile.dataset.cc = cc;
  tile.textContent = cc;
  return tile;
}

/** It lies over the code. @param {string} cc */
function flagImage(cc) {
  const image = document.createElement('img');
  image.alt = '';
  image.decoding = 'async';
  image.src = flagUrl(cc);
  return image;
}
