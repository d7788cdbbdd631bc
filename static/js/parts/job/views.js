/** @import { JobStore } from '../../model/store.js' */
/** @import { Row } from '../../model/types.js' */
import { oncePerFrame } from '../../lib/dom.js';

/**
 * @typedef {object} View  One part of the page that shows a job.
 * @property {(store: JobStore) => void} [reset]  Called for another store, or if all of the job may differ.
 * @property {(store: JobStore, touched: Set<Row>) => void} update  Called at most once per frame.
 */

const CLOCK_TICK = 100;

/** The views of one job at a time, each updated at most once per frame. */
export class Views {
  #views;
  /** @type {JobStore | null} */
  #store = null;
  /** @type {Set<Row>} */
  #touched = new Set();
  /** Updates the views in the next frame, even if there was no event. */
  draw = oncePerFrame(() => this.#update());

  /** @param {View[]} views */
  constructor(views) {
    this.#views = views;
    setInterval(() => this.#store?.job.state === 'running' && this.draw(), CLOCK_TICK);
  }

  /** @param {View} view  Added later than the others. */
  add(view) {
    this.#views.push(view);
    if (this.#store) view.reset?.(this.#store);
    this.draw();
  }

  /** Shows a job until the next call. @param {JobStore} store */
  show(store) {
    this.#store = store;
    store.addEventListener('replaced', () => store === this.#store && this.#reset(store));
    store.addEventListener('changed', (event) => {
      if (store === this.#store) this.#touch(/** @type {CustomEvent<Row[]>} */ (event).detail);
    });
    this.#reset(store);
  }

  /** @param {JobStore} store */
  #reset(store) {
    this.#touched.clear(); // rows of the previous snapshot
    for (const view of this.#views) view.reset?.(store);
    this.#update();
  }

  /** @param {Row[]} rows */
  #touch(rows) {
    for (const row of rows) this.#touched.add(row);
    this.draw();
  }

  #update() {
    const touched = this.#touched;
    this.#touched = new Set();
    for (const view of this.#views) if (this.#store) view.update(this.#store, touched);
  }
}
