/** @import { Bar, Lanes } from '../../model/lanes.js' */
/** @import { Row } from '../../model/types.js' */
import * as text from '../../text/flag.js';
import { size } from '../../text/timeline.js';
import { first, isWalkKey, walk } from '../../model/walk.js';

/**
 * The download that keys or a click have chosen. The stage is a slider over the downloads: a screen reader speaks each
 * one.
 */
export class Cursor {
  #stage;
  #names;
  /** The chosen row. It stays chosen when the focus leaves. @type {Row | null} */
  row = null;

  /** @param {HTMLElement} stage @param {Map<string, string>} names */
  constructor(stage, names) {
    this.#stage = stage;
    this.#names = names;
  }

  /** The chosen row while the stage has the focus, else null. */
  get shown() {
    return document.activeElement === this.#stage ? this.row : null;
  }

  /** @param {Row | null} row @param {Lanes} lanes */
  choose(row, lanes) {
    this.row = row;
    this.describe(lanes);
  }

  /**
   * Moves by a key; the first key goes to the first download.
   * @param {{key: string, ctrlKey: boolean}} event
   * @param {Lanes} lanes
   * @returns {Bar | null} null if the key isn't ours
   */
  walk(event, lanes) {
    if (!isWalkKey(event)) return null;
    const from = lanes.bar(this.row);
    const to = from ? walk(lanes, from, event) : first(lanes);
    if (to) this.choose(to.row, lanes);
    return to;
  }

  /** Describes the choice to screen readers. @param {Lanes} lanes */
  describe(lanes) {
    const bar = lanes.bar(this.row);
    this.#stage.ariaValueMin = '0';
    this.#stage.ariaValueMax = String(lanes.size);
    this.#stage.ariaValueNow = String(bar ? lanes.position(bar.row) : 0);
    this.#stage.ariaValueText = bar ? this.#spoken(bar, lanes) : size(lanes.size);
  }

  /** @param {Bar} bar @param {Lanes} lanes */
  #spoken(bar, { store }) {
    const { row, look } = bar;
    const facts = text.facts(row, look, store.job, bar, null);
    return text.spoken(text.title(row.cc, this.#names.get(row.cc)), text.outcome(row, look), facts);
  }
}
