/** @import { Bar } from '../../model/lanes.js' */
import { find, parts, setText } from '../../lib/dom.js';
import { country } from '../../lib/text.js';
import * as text from '../../text/timeline.js';

/** One download in words: the one under the pointer, else the one that was chosen. */
export class Readout {
  #names;
  #mark;
  #parts;

  /** @param {HTMLElement} root @param {Map<string, string>} names */
  constructor(root, names) {
    this.#names = names;
    this.#mark = find(root, '.mark', HTMLElement);
    this.#parts = parts(root, 'hint', 'found', 'code', 'name', 'outcome', 'course');
  }

  /** @param {Bar | null} bar @param {string} strategy */
  show(bar, strategy) {
    const { hint, found, code, name, outcome, course } = this.#parts;
    hint.hidden = bar !== null;
    found.hidden = bar === null;
    if (!bar) return;
    this.#mark.dataset.status = bar.look;
    setText(code, bar.row.cc);
    setText(name, country(this.#names.get(bar.row.cc)));
    setText(outcome, text.outcome(bar));
    setText(course, text.course(bar, strategy).join(' · '));
  }
}
