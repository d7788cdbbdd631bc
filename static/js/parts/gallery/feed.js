/** @import { Collection } from '../../model/collection.js' */
import { fetchFlags } from '../../lib/api.js';

const LOOK_AGAIN = 4000;
const PAUSE = 200;

/**
 * Keeps the collection as it is on the server: flags come and go by jobs, other pages and the
 * terminal. Where nothing has changed, the server says only that.
 */
export class Feed {
  #collection;
  /** @type {Promise<void> | null} */
  #asking = null;
  #again = false;

  /** @param {Collection} collection */
  constructor(collection) {
    this.#collection = collection;
    setInterval(() => document.hidden || this.refresh(), LOOK_AGAIN);
    document.addEventListener('visibilitychange', () => document.hidden || this.refresh());
  }

  /**
   * Asks anew; while an answer is on its way, once more after it.
   * @returns {Promise<void>} done when all that there was at the time of the call is shown
   */
  refresh() {
    this.#again = this.#asking !== null;
    this.#asking ??= this.#ask().finally(() => (this.#asking = null));
    return this.#asking;
  }

  async #ask() {
    await this.#askOnce();
    while (this.#again) {
      await new Promise((done) => setTimeout(done, PAUSE));
      await this.#askOnce();
    }
  }

  async #askOnce() {
    this.#again = false;
    const answer = await fetchFlags().catch(() => null); // the server may be back the next time
    if (answer) this.#collection.setFlags(answer.flags);
  }
}
