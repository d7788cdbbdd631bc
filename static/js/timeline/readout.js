/** @import { Bar } from './lanes.js' */
import { find, setText } from '../lib/dom.js';
import { country } from '../lib/text.js';
import * as text from './text.js';

/** One download in words: the one that is pointed at, else the one that the keys have come to. */
export class Readout {
  #names;
  #hint;
  #found;
  #mark;
  #code;
  #name;
  #outcome;
  #course;

  /**
   * @param {HTMLElement} root
   * @param {Map<string, string>} names
   */
  constructor(root, names) {
    this.#names = names;
    this.#hint = find(root, '[data-hint]', HTMLElement);
    this.#found = find(root, '[data-found]', HTMLElement);
    this.#mark = find(root, '.mark', HTMLElement);
    this.#code = find(root, '[data-code]', HTMLElement);
    this.#name = find(root, '[data-name]', HTMLElement);
    this.#outcome = find(root, '[data-outcome]', HTMLElement);
    this.#course = find(root, '[data-course]', HTMLElement);
  }

  /** @param {Bar | null} bar @param {string} strategy */
  show(bar, strategy) {
    this.#hint.hidden = bar !== null;
    this.#found.hidden = bar === null;
    if (!bar) return;
    this.#mark.dataset.status = bar.look;
    setText(this.#code, bar.row.cc);
    setText(this.#name, country(this.#names.get(bar.row.cc)));
    setText(this.#outcome, text.outcome(bar));
    setText(this.#course, text.course(bar, strategy).join(' · '));
  }
}
