/** @import { View } from '../../model/collection.js' */
import { find } from '../../lib/dom.js';

/** The view of an address without a query. @type {View} */
const USUAL = { q: '', continent: '', sort: 'name', show: 'all' };

/** The form with search, continent, order and what to show, kept in the page's address. Dispatches `changed`. */
export class Tools extends EventTarget {
  #form;

  /** @param {HTMLFormElement} form */
  constructor(form) {
    super();
    this.#form = form;
    form.addEventListener('input', () => this.#changed());
    form.addEventListener('submit', (event) => event.preventDefault());
  }

  /** @returns {View} */
  get view() {
    return { ...USUAL, ...Object.fromEntries(new FormData(this.#form)) };
  }

  get search() {
    return find(this.#form, '[name=q]', HTMLInputElement);
  }

  /** Clears the filter, but not the order. */
  clear() {
    for (const [name, value] of Object.entries({ ...USUAL, sort: this.view.sort })) {
      const field = this.#form.elements.namedItem(name);
      if (field && 'value' in field) field.value = value;
    }
    this.#changed();
  }

  #changed() {
    history.replaceState(history.state, '', location.pathname + queryOf(this.view) + location.hash);
    this.dispatchEvent(new Event('changed'));
  }
}

/** @param {View} view */
function queryOf(view) {
  const asked = Object.entries(view).filter(([name, value]) => value !== USUAL[/** @type {keyof View} */ (name)]);
  return asked.length ? `?${new URLSearchParams(asked)}` : '';
}
