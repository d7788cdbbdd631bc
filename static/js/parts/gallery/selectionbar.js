/** @import { Selection } from '../../model/selection.js' */
/** @import { Collection } from '../../model/collection.js' */
/** @import { Deeds } from './gestures.js' */
import { announcer } from '../../lib/announcer.js';
import { zipUrl } from '../../lib/api.js';
import { find, setHidden, setText } from '../../lib/dom.js';
import * as text from '../../text/gallery.js';

/** What can be done with the flags that are selected; it is there while some are. */
export class SelectionBar {
  #root;
  #collection;
  #selection;
  #rest;

  /**
   * @param {HTMLElement} root
   * @param {Collection} collection
   * @param {Selection} selection
   * @param {Pick<Deeds, 'remove' | 'selectAll' | 'selectNothing'>} deeds
   * @param {() => HTMLElement} rest  Takes the focus where this is hidden.
   */
  constructor(root, collection, selection, deeds, rest) {
    this.#root = root;
    this.#collection = collection;
    this.#selection = selection;
    this.#rest = rest;
    /** @param {string} part @param {() => void} act */
    const onClick = (part, act) => find(root, part, HTMLButtonElement).addEventListener('click', act);
    onClick('[data-select-all]', deeds.selectAll);
    onClick('[data-delete]', () => deeds.remove(selection.codes));
    onClick('[data-clear]', deeds.selectNothing);
    selection.addEventListener('changed', () => {
      this.update();
      if (selection.size) announcer.say(find(root, '[data-selected]', HTMLElement).textContent ?? '');
    });
  }

  update() {
    const { codes, size } = this.#selection;
    const shown = this.#collection.savedInSight;
    const inSight = shown.filter((cc) => this.#selection.has(cc)).length;
    setHidden(this.#root, size === 0, this.#rest);
    setText(find(this.#root, '[data-selected]', HTMLElement), text.selected(size, size - inSight));
    find(this.#root, '[data-zip-selected]', HTMLAnchorElement).href = zipUrl(codes);
    const all = find(this.#root, '[data-select-all]', HTMLButtonElement);
    setHidden(all, inSight === shown.length, () => find(this.#root, '[data-clear]', HTMLElement));
    setText(all, text.selectAll(shown.length));
  }
}
