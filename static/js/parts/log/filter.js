/** @import { JobStore } from '../../model/store.js' */
/** @import { Row } from '../../model/types.js' */
/** @import { Terms } from '../../lib/search.js' */
import { find, findAll, setText } from '../../lib/dom.js';
import { plain, rank } from '../../lib/search.js';
import { cause } from '../../lib/text.js';
import { terms } from '../../model/terms.js';

const ALL = '';

/** Filters the log by outcome and by text. */
export class LogFilter {
  #names;
  #outcomes;
  #search;
  #status = ALL;
  #wanted = '';
  /** What the search compares with, built at the first search. @type {WeakMap<Row, {text: string, terms: Terms}>} */
  #compared = new WeakMap();

  /** @param {HTMLElement} root @param {Map<string, string>} names @param {() => void} onChange */
  constructor(root, names, onChange) {
    this.#names = names;
    this.#search = find(root, '[type=search]', HTMLInputElement);
    this.#outcomes = findAll(root, '[type=radio]', HTMLInputElement).map((radio) => ({
      radio,
      label: find(root, `[for="${radio.id}"]`, HTMLElement),
      count: find(root, `[for="${radio.id}"] [data-count]`, HTMLElement),
    }));
    root.addEventListener('input', () => {
      this.#read();
      onChange();
    });
    this.#read(); // the browser restores the fields when the reader goes back
  }

  /** Whether the filter may exclude a row. */
  get active() {
    return this.#status !== ALL || this.#wanted !== '';
  }

  /** @param {Row} row */
  matches(row) {
    return (this.#status === ALL || row.status === this.#status) && this.#finds(row);
  }

  /** @param {string} status */
  choose(status) {
    for (const { radio } of this.#outcomes) radio.checked = radio.value === status;
    this.#read();
  }

  /** Shows how many rows have each outcome; hides outcomes without rows. @param {JobStore} store */
  count({ done, job: { counts } }) {
    for (const { radio, label, count } of this.#outcomes) {
      const number = radio.value === ALL ? done.length : counts[/** @type {keyof typeof counts} */ (radio.value)];
      setText(count, String(number));
      radio.hidden = label.hidden = number === 0 && !radio.checked && radio.value !== ALL;
    }
  }

  #read() {
    this.#status = this.#outcomes.find(({ radio }) => radio.checked)?.radio.value ?? ALL;
    this.#wanted = plain(this.#search.value);
  }

  /** @param {Row} row */
  #finds(row) {
    if (!this.#wanted) return true;
    const known = this.#compared.get(row) ?? this.#comparedOf(row);
    this.#compared.set(row, known);
    return known.text.includes(this.#wanted) || rank(known.terms, this.#wanted) < Infinity;
  }

  /** @param {Row} row */
  #comparedOf({ cc, detail }) {
    const name = this.#names.get(cc) ?? '';
    return { text: plain(`${cc} ${cause(detail)}`), terms: terms({ cc, name, capital: '' }) };
  }
}
