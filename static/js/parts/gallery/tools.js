/** @import { View } from '../../model/collection.js' */
import { find } from '../../lib/dom.js';

/** What the view is where the address doesn't say. @type {View} */
const USUAL = { q: '', continent: '', sort: 'name', show: 'all' };

/**
 * The form with search, continent, order and what to show. The server has filled it in from the
 * address, which is kept up to date: a reload or a link shows the same. Dispatches `changed`.
 */
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
    const fields = new FormData(this.#form);
    /** @param {keyof View} name */
    const field = (name) => String(fields.get(name) ?? USUAL[name]);
    return { q: field('q'), continent: field('continent'), sort: field('sort'), show: field('show') };
  }

  get search() {
    return find(this.#form, '[name=q]', HTMLInputElement);
  }

  /** Lets all through again; the order stays. */
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
