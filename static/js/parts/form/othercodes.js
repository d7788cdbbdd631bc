/** @import { Selection } from '../../model/selection.js' */
import { element, find, findAll, setText } from '../../lib/dom.js';

/** The chosen codes of no country. They have boxes only while they are chosen. */
export class OtherCodes {
  #root;
  #list;
  #share;
  #selection;
  #known;
  #query = '';

  /**
   * @param {HTMLElement} root
   * @param {Selection} selection
   * @param {ReadonlySet<string>} known  The codes that have a box of their own.
   */
  constructor(root, selection, known) {
    this.#root = root;
    this.#selection = selection;
    this.#known = known;
    this.#list = find(root, 'ul', HTMLElement);
    this.#share = find(root, '[data-share]', HTMLElement);
  }

  sync() {
    const codes = this.#selection.codes.filter((code) => !this.#known.has(code));
    // While the focus is here, a box that was just unticked stays: the Tab key would lose its place.
    if (!this.#root.contains(document.activeElement)) this.#list.replaceChildren(...codes.map(codeBox));
    for (const box of findAll(this.#list, 'input', HTMLInputElement)) box.checked = this.#selection.has(box.value);
    setText(this.#share, String(codes.length));
    this.filter(this.#query);
  }

  /** Shows the codes that contain a word of a query. @param {string} query */
  filter(query) {
    this.#query = query;
    const items = findAll(this.#list, 'li', HTMLElement);
    const fits = (/** @type {string} */ code) => query.split(' ').some((word) => code.includes(word));
    for (const item of items) item.hidden = !fits((item.textContent ?? '').toLowerCase());
    this.#root.hidden = items.every(({ hidden }) => hidden);
  }
}

/** @param {string} code */
function codeBox(code) {
  const box = element('input', { type: 'checkbox', name: 'codes', value: code, tabIndex: -1, className: 'form-check-input' });
  return element('li', {}, element('label', { className: 'country' }, box, element('code', {}, code)));
}
