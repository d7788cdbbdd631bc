/** @import { Lanes } from '../../model/lanes.js' */
import { find, setText } from '../../lib/dom.js';
import { number, percent } from '../../lib/gettext.js';
import { duration } from '../../lib/text.js';

const REDRAW_INTERVAL = 1000;

/** A table of the workers: how many downloads each made, and how long it was busy. */
export class WorkersTable {
  #details;
  #body;
  #drawnAt = -Infinity;

  /** @param {HTMLDetailsElement} details @param {() => void} opened  Called when there is something to show. */
  constructor(details, opened) {
    this.#details = details;
    this.#body = find(details, 'tbody', HTMLTableSectionElement);
    details.addEventListener('toggle', () => details.open && opened());
  }

  /** @param {Lanes} lanes @param {boolean} atOnce  Otherwise at most once a second. */
  update(lanes, atOnce) {
    if (!this.#details.open || !(atOnce || performance.now() - this.#drawnAt > REDRAW_INTERVAL)) return;
    this.#drawnAt = performance.now();
    while (this.#body.rows.length > lanes.count) this.#body.deleteRow(-1);
    while (this.#body.rows.length < lanes.count) this.#body.append(newRow(this.#body.rows.length));
    [...this.#body.rows].forEach((row, lane) => fill(row, figures(lanes, lane)));
  }
}

/** @param {Lanes} lanes @param {number} lane */
function figures(lanes, lane) {
  const { elapsed } = lanes.store;
  const bars = lanes.bars(lane);
  const busy = bars.reduce((sum, { start, end }) => sum + end - start, 0);
  return [number(bars.length), duration(busy), percent(elapsed ? Math.min(busy / elapsed, 1) : 0)];
}

/** @param {number} lane */
function newRow(lane) {
  const row = document.createElement('tr');
  const worker = document.createElement('th');
  worker.scope = 'row';
  worker.textContent = String(lane);
  row.append(worker, ...Array.from({ length: 3 }, () => document.createElement('td')));
  return row;
}

/** @param {HTMLTableRowElement} row @param {string[]} texts */
function fill(row, texts) {
  texts.forEach((text, index) => setText(row.cells[index + 1], text));
}
