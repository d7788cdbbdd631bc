/** @import { Collection } from './collection.js' */
import { zipUrl } from '../lib/api.js';
import { find, findAll, setText } from '../lib/dom.js';
import { number } from '../lib/gettext.js';
import * as text from './text.js';

/** What stands around the cards: the counts, what can be done with all in sight, what to do where there is none. */
export class Head {
  #root;
  #collection;

  /**
   * @param {HTMLElement} root
   * @param {Collection} collection
   */
  constructor(root, collection) {
    this.#root = root;
    this.#collection = collection;
  }

  /** Those in sight that are not saved, and not on their way. */
  get missing() {
    return this.#collection.shown.filter(({ flag, fetching }) => !flag && !fetching).map(({ cc }) => cc);
  }

  update() {
    const { share, found, order, shown } = this.#collection;
    setText(find(this.#root, '[data-count]', HTMLElement), text.share(share));
    for (const figure of findAll(this.#root, '[data-found]', HTMLElement)) {
      setText(figure, number(found[figure.dataset.found ?? '']));
    }
    this.#offerMissing();
    this.#offerZip(share.saved);
    find(this.#root, '[data-nothing]', HTMLElement).hidden = shown.length > 0;
    find(this.#root, '[data-empty]', HTMLElement).hidden = share.saved > 0 || order.some(({ fetching }) => fetching);
  }

  #offerMissing() {
    const button = find(this.#root, '[data-fetch-missing]', HTMLButtonElement);
    const count = this.missing.length;
    button.hidden = count === 0;
    setText(find(button, 'span', HTMLElement), text.fetchMissing(count));
  }

  /** @param {number} all  How many flags are saved. */
  #offerZip(all) {
    const link = find(this.#root, '[data-zip]', HTMLAnchorElement);
    const codes = this.#collection.shown.filter(({ flag }) => flag).map(({ cc }) => cc);
    link.hidden = codes.length === 0;
    link.href = zipUrl(codes.length < all ? codes : undefined);
    setText(find(link, 'span', HTMLElement), text.zip(codes.length));
  }
}
