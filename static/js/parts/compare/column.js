/** @import { JobStore } from '../../model/store.js' */
import { find, findAll, setIcon, setText } from '../../lib/dom.js';
import { standing } from '../../lib/text.js';
import { figureTexts } from '../../text/comparison.js';
import { figures } from '../../model/figures.js';

/** One job's column in the table of figures. */
export class Column {
  #state;
  #cells;

  /** @param {HTMLElement} table @param {number} at  The number of the job, from 0. */
  constructor(table, at) {
    const cells = findAll(table, '[data-figure]', HTMLTableRowElement).map((row) => [row.dataset.figure ?? '', row.cells[at + 1]]);
    this.#cells = /** @type {[string, HTMLElement][]} */ (cells);
    this.#state = find(findAll(table, '[data-state-of]', HTMLElement)[at], '.state', HTMLElement);
  }

  /** @param {JobStore} store */
  update({ job, elapsed }) {
    const [mark, words] = standing(job);
    this.#state.dataset.state = mark;
    setIcon(this.#state, mark);
    setText(find(this.#state, 'span', HTMLElement), words);
    const texts = figureTexts(job, elapsed, figures(job));
    for (const [name, cell] of this.#cells) setText(cell, texts[name]);
  }
}
