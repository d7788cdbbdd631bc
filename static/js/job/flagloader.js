import { fetchImages } from '../lib/api.js';

/** So many come at once: a request for each would cost server and browser more than the whole download. */
const AT_ONCE = 50;

/** Loads the saved flags of a job and puts each into its tile: while some are under way, others gather. */
export class FlagLoader {
  /** By code. @type {Map<string, HTMLElement>} */
  #waiting = new Map();
  #version = '';
  #busy = false;

  /**
   * Forgets those that have not been asked for.
   * @param {string} version  For the flags to come, see `fetchImages`.
   */
  reset(version) {
    this.#waiting.clear();
    this.#version = version;
  }

  /**
   * Puts the flag in the place of what is in a tile. Where it can't be had, as one that has been
   * deleted since, the tile stays as it is.
   * @param {HTMLElement} tile
   * @param {string} cc
   */
  load(tile, cc) {
    this.#waiting.set(cc, tile);
    if (!this.#busy) this.#loadAll();
  }

  async #loadAll() {
    this.#busy = true;
    while (this.#waiting.size) {
      await new Promise(requestAnimationFrame); // what one batch of events brings is asked for together
      const bundle = [...this.#waiting].slice(0, AT_ONCE);
      for (const [cc] of bundle) this.#waiting.delete(cc);
      const images = await fetchImages(bundle.map(([cc]) => cc), this.#version).catch(() => new Map());
      for (const [cc, tile] of bundle) if (images.has(cc)) show(tile, images.get(cc));
    }
    this.#busy = false;
  }
}

/** @param {HTMLElement} tile @param {string} url */
function show(tile, url) {
  const image = new Image();
  image.alt = '';
  image.decoding = 'async';
  image.addEventListener('load', () => tile.replaceChildren(image));
  image.src = url;
}
