/** @import { Collection } from '../../model/collection.js' */
import { fetchFlags } from '../../lib/api.js';

const POLL_INTERVAL = 4000;
const PAUSE = 200;

/** Polls the saved flags: jobs, other pages and the terminal change them. If none has changed, the server answers 304. */
export class Feed {
  #collection;
  /** @type {Promise<void> | null} */
  #asking = null;
  #again = false;

  /** @param {Collection} collection */
  constructor(collection) {
    this.#collection = collection;
    setInterval(() => document.hidden || this.refresh(), POLL_INTERVAL);
    document.addEventListener('visibilitychange', () => document.hidden || this.refresh());
  }

  /**
   * Asks now, or once more after the current answer.
   * @returns {Promise<void>} resolves when the collection is at least as new as the call
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
