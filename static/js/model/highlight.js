/** @import { Row } from './types.js' */

/** @typedef {() => {x: number, top: number, bottom: number}} Place  Tells where a picture is in the window, in pixels. */

/**
 * The code that the reader points at or has focused: its square, its bar and its row of the log are highlighted
 * together. Dispatches `changed`.
 */
export class Highlight extends EventTarget {
  /** @type {Row | null} */
  row = null;
  /** Where the code's picture is; null if the reader points at another picture of the code. @type {Place | null} */
  place = null;

  /** @param {Row | null} row @param {Place | null} place */
  set(row, place) {
    this.row = row;
    this.place = place;
    this.dispatchEvent(new Event('changed'));
  }

  /** Highlights a code while the reader points at another picture of it. @param {Row | null} row */
  mark(row) {
    if (row !== this.row || this.place) this.set(row, null);
  }

  clear() {
    if (this.row) this.set(null, null);
  }

  /** Calls `act` at each change, with the code that is highlighted, or ''. @param {(cc: string) => void} act */
  watch(act) {
    this.addEventListener('changed', () => act(this.row?.cc ?? ''));
  }
}
