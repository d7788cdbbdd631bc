/** @import { Collection } from '../../model/collection.js' */
import { zipUrl } from '../../lib/api.js';
import { find, findAll, setHidden, setText } from '../../lib/dom.js';
import { number } from '../../lib/gettext.js';
import * as text from '../../text/gallery.js';

/** What stands around the cards: the counts, what can be done with all in sight, what to do where there is none. */
export class Head {
  #root;
  #collection;
  #rest;

  /**
   * @param {HTMLElement} root
   * @param {Collection} collection
   * @param {() => HTMLElement} rest  Takes the focus of what is hidden.
   */
  constructor(root, collection, rest) {
    this.#root = root;
    this.#collection = collection;
    this.#rest = rest;
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
    const begun = share.saved > 0 || order.some(({ fetching }) => fetching);
    setHidden(find(this.#root, '[data-nothing]', HTMLElement), shown.length > 0, this.#rest);
    setHidden(find(this.#root, '[data-empty]', HTMLElement), begun, this.#rest);
  }

  #offerMissing() {
    const button = find(this.#root, '[data-fetch-missing]', HTMLButtonElement);
    const count = this.missing.length;
    setHidden(button, count === 0, this.#rest);
    setText(find(button, 'span', HTMLElement), text.fetchMissing(count));
  }

  /** @param {number} all  How many flags are saved. */
  #offerZip(all) {
    const link = find(this.#root, '[data-zip]', HTMLAnchorElement);
    const codes = this.#collection.savedInSight;
    setHidden(link, codes.length === 0, this.#rest);
    link.href = zipUrl(codes.length < all ? codes : undefined);
    setText(find(link, 'span', HTMLElement), text.zip(codes.length));
  }
}
