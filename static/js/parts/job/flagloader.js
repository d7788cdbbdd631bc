import { Problem } from '../../lib/api.js';

/** @typedef {(codes: Iterable<string>) => Promise<Map<string, string>>} FetchImages  As in lib/api.js, of one job. */

/** Flags in one request: a request for each would cost server and browser more than the whole download. */
const PER_REQUEST = 50;
const RETRY_AFTER = 4000; // milliseconds

/** Loads the saved flags of a job into their tiles; codes that are added during a request wait for the next one. */
export class FlagLoader {
  #fetchImages;
  /** By code. @type {Map<string, HTMLElement>} */
  #waiting = new Map();
  /** The loaded images, by code: a replay shows them again. @type {Map<string, string>} */
  #urls = new Map();
  #busy = false;

  /** @param {FetchImages} fetchImages */
  constructor(fetchImages) {
    this.#fetchImages = fetchImages;
  }

  /**
   * Puts a flag into its tile. If there is no such flag, e.g. because it was deleted, the tile stays as it is.
   * @param {HTMLElement} tile
   * @param {string} cc
   */
  load(tile, cc) {
    const known = this.#urls.get(cc);
    if (known) return show(tile, known);
    this.#waiting.set(cc, tile);
    if (!this.#busy) this.#loadAll();
  }

  async #loadAll() {
    this.#busy = true;
    // Waits a frame: then one request has all codes of a batch of events.
    for (await nextFrame(); this.#waiting.size; await nextFrame()) await this.#loadSome().catch(waitToRetry);
    this.#busy = false;
  }

  /** If the request fails, its codes still wait. */
  async #loadSome() {
    const some = [...this.#waiting].slice(0, PER_REQUEST);
    const images = await this.#fetchImages(some.map(([cc]) => cc)).catch(noneIfRefused);
    for (const [cc, tile] of some) {
      this.#waiting.delete(cc);
      const url = images.get(cc);
      if (!url) continue;
      this.#urls.set(cc, url);
      show(tile, url);
    }
  }
}

/** @param {unknown} problem @returns {Map<string, string>} */
function noneIfRefused(problem) {
  if (problem instanceof Problem && problem.isPermanent) return new Map();
  throw problem;
}

const nextFrame = () => new Promise(requestAnimationFrame);

const waitToRetry = () => new Promise((again) => setTimeout(again, RETRY_AFTER));

/** @param {HTMLElement} tile @param {string} url */
function show(tile, url) {
  const image = new Image();
  image.alt = '';
  image.decoding = 'async';
  image.addEventListener('load', () => tile.dataset.status === 'ok' && tile.replaceChildren(image));
  image.src = url;
}
