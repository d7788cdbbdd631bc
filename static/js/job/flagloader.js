import { flagUrl } from '../lib/api.js';

/** So many are asked for in a frame: hundreds at once would take the browser a tenth of a second. */
const A_FRAME = 20;

/** Loads saved flags, some in each frame, and hands each over when it is there. */
export class FlagLoader {
  /** @type {{tile: HTMLElement, url: string}[]} */
  #waiting = [];
  #frame = 0;

  constructor() {
    addEventListener('beforeprint', () => this.#ask(Infinity));
  }

  /**
   * Puts the flag in the place of what is in a tile. Where it can't be had, as one that has been
   * deleted since, the tile stays as it is.
   * @param {HTMLElement} tile
   * @param {string} cc
   * @param {string} version
   */
  load(tile, cc, version) {
    this.#waiting.push({ tile, url: flagUrl(cc, version) });
    this.#frame ||= requestAnimationFrame(() => this.#ask());
  }

  /** Forgets those that have not been asked for. */
  clear() {
    this.#waiting = [];
  }

  #ask(number = A_FRAME) {
    for (const { tile, url } of this.#waiting.splice(0, number)) {
      const image = new Image();
      image.alt = '';
      image.decoding = 'async';
      image.addEventListener('load', () => tile.replaceChildren(image));
      image.src = url;
    }
    this.#frame = this.#waiting.length ? requestAnimationFrame(() => this.#ask()) : 0;
  }
}
