/** @import { Row } from '../../model/types.js' */
/** @import { Bar, Lanes } from '../../model/lanes.js' */
import { first, isWalkKey, walk } from '../../model/walk.js';
import * as text from '../../text/timeline.js';

/**
 * The download that the keys or a click have come to. The stage is a slider whose values are the
 * downloads: so a screen reader speaks each one that the arrow keys come to.
 */
export class Cursor {
  #stage;
  #names;
  /** @type {Row | null} */
  #row = null;

  /**
   * @param {HTMLElement} stage
   * @param {Map<string, string>} names
   */
  constructor(stage, names) {
    this.#stage = stage;
    this.#names = names;
  }

  /** It stays when the focus leaves, and is there again when it returns. */
  get row() {
    return this.#row;
  }

  /** It shows while the stage has the focus. */
  get shown() {
    return document.activeElement === this.#stage ? this.#row : null;
  }

  /** @param {Row | null} row @param {Lanes} lanes */
  choose(row, lanes) {
    this.#row = row;
    this.describe(lanes);
  }

  /**
   * Goes where a key leads, from nowhere to the first.
   * @param {{key: string, ctrlKey: boolean}} event
   * @param {Lanes} lanes
   * @returns {Bar | null} null if the key isn't ours
   */
  walk(event, lanes) {
    if (!isWalkKey(event)) return null;
    const from = lanes.bar(this.#row);
    const to = from ? walk(lanes, from, event) : first(lanes);
    if (to) this.choose(to.row, lanes);
    return to;
  }

  /** Puts in words where it is. @param {Lanes} lanes */
  describe(lanes) {
    const bar = lanes.bar(this.#row);
    this.#stage.ariaValueMin = '0';
    this.#stage.ariaValueMax = String(lanes.size);
    this.#stage.ariaValueNow = String(bar ? lanes.position(bar.row) : 0);
    this.#stage.ariaValueText = bar ? this.#spoken(bar, lanes) : text.size(lanes.size);
  }

  /** @param {Bar} bar @param {Lanes} lanes */
  #spoken(bar, { store }) {
    return text.spoken(bar, this.#names.get(bar.row.cc), store.job.spec.strategy);
  }
}
