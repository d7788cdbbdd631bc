import { find, findAll, setText } from '../lib/dom.js';
import { plain } from '../lib/search.js';
import * as text from './text.js';

/** Search and continents over the cards that the server has rendered. */
export class Gallery {
  #search;
  #continent;
  #count;
  #nothing;
  #cards;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#search = find(root, '[data-search]', HTMLInputElement);
    this.#continent = find(root, '[data-continents]', HTMLSelectElement);
    this.#count = find(root, '[data-count]', HTMLElement);
    this.#nothing = find(root, '[data-nothing]', HTMLElement);
    this.#cards = findAll(root, '[data-card]', HTMLElement).map((card) => ({
      card,
      continent: card.dataset.continent ?? '',
      text: plain(card.textContent ?? ''),
    }));
    for (const filter of [this.#search, this.#continent]) {
      filter.addEventListener('input', () => this.#filter());
    }
    this.#filter(); // a browser may have kept the fields over a reload
  }

  #filter() {
    const query = plain(this.#search.value);
    const wanted = this.#continent.value;
    let shown = 0;
    for (const { card, continent, text } of this.#cards) {
      card.hidden = !text.includes(query) || (wanted !== '' && continent !== wanted);
      if (!card.hidden) shown += 1;
    }
    setText(this.#count, text.shown(shown, this.#cards.length));
    this.#nothing.hidden = shown > 0;
  }
}
