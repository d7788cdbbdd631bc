/** A page for tests in node. It has only what the modules under test use. Import it before them. */

/** Stands for an element; it has the elements that a test gives it, by selector. */
export class Part extends EventTarget {
  hidden = false;
  textContent = '';
  /** @type {Record<string, string>} */
  dataset;
  /** @type {Record<string, string>} */
  style = {};
  /** Attributes without a value. @type {Set<string>} */
  attributes = new Set();
  /** @type {unknown[]} */
  children = [];
  #found;

  /** @param {Record<string, string>} [dataset] @param {Record<string, Part[]>} [found] */
  constructor(dataset = {}, found = {}) {
    super();
    this.dataset = dataset;
    this.#found = found;
  }

  /** @param {string} selector */
  querySelector(selector) {
    return this.querySelectorAll(selector)[0] ?? null;
  }

  /** @param {string} selector */
  querySelectorAll(selector) {
    return this.#found[selector] ?? [];
  }

  /** @param {unknown[]} children */
  replaceChildren(...children) {
    this.children = children;
  }

  /** @param {unknown[]} children */
  append(...children) {
    this.children.push(...children);
  }

  /** @param {string} name @param {boolean} on */
  toggleAttribute(name, on) {
    if (on) this.attributes.add(name);
    else this.attributes.delete(name);
  }

  /** @param {unknown} other */
  contains(other) {
    return other === this;
  }

  focus() {
    page.activeElement = this;
  }

  click() {
    this.dispatchEvent(new Event('click'));
  }

  /** The same part, for code that expects an element. @returns {any} */
  get element() {
    return this;
  }
}

/** The live region. */
export const live = new Part();

export const page = {
  hidden: false,
  activeElement: /** @type {Part | null} */ (null),
  documentElement: { lang: 'en', dataset: { base: '' } },
  querySelector: (/** @type {string} */ selector) => (selector === '[data-live]' ? live : null),
  addEventListener() {},
};

Object.assign(globalThis, {
  window: globalThis,
  document: page,
  location: { href: 'http://localhost/jobs/1' },
  addEventListener() {},
  HTMLElement: Part,
  HTMLButtonElement: Part,
});
