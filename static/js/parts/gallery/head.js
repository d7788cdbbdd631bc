/** @import { Collection } from '../../model/collection.js' */
import { zipUrl } from '../../lib/api.js';
import { find, findAll, parts, setHidden, setText } from '../../lib/dom.js';
import { number } from '../../lib/gettext.js';
import * as text from '../../text/gallery.js';

/** The parts around the cards: the counts, the actions on all visible cards, and the hint for an empty gallery. */
export class Head {
  #parts;
  #figures;
  #zip;
  #collection;
  #rest;

  /**
   * @param {HTMLElement} root
   * @param {Collection} collection
   * @param {() => HTMLElement} rest  Returns the element that gets the focus when a part is hidden.
   */
  constructor(root, collection, rest) {
    this.#parts = parts(root, 'count', 'fetchMissing', 'nothing', 'empty');
    this.#figures = findAll(root, '[data-found]', HTMLElement);
    this.#zip = find(root, '[data-zip]', HTMLAnchorElement);
    this.#collection = collection;
    this.#rest = rest;
  }

  /** The codes in sight that are neither saved nor being fetched. */
  get missing() {
    return this.#collection.shown.filter(({ flag, fetching }) => !flag && !fetching).map(({ cc }) => cc);
  }

  update() {
    const { share, found, order, shown } = this.#collection;
    const { count, nothing, empty } = this.#parts;
    setText(count, text.share(share));
    for (const figure of this.#figures) setText(figure, number(found[figure.dataset.found ?? '']));
    this.#offerMissing(this.missing.length);
    this.#offerZip(share.saved);
    setHidden(nothing, shown.length > 0, this.#rest);
    setHidden(empty, share.saved > 0 || order.some(({ fetching }) => fetching), this.#rest);
  }

  /** @param {number} count */
  #offerMissing(count) {
    const { fetchMissing } = this.#parts;
    setHidden(fetchMissing, count === 0, this.#rest);
    setText(find(fetchMissing, 'span', HTMLElement), text.fetchMissing(count));
  }

  /** @param {number} all  How many flags are saved. */
  #offerZip(all) {
    const codes = this.#collection.savedInSight;
    setHidden(this.#zip, codes.length === 0, this.#rest);
    this.#zip.href = zipUrl(codes.length < all ? codes : undefined);
    setText(find(this.#zip, 'span', HTMLElement), text.zip(codes.length));
  }
}
