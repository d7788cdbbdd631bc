/** @import { Selection } from '../form/selection.js' */
/** @import { Collection } from './collection.js' */
import { announcer } from '../lib/announcer.js';
import { zipUrl } from '../lib/api.js';
import { find, setText } from '../lib/dom.js';
import * as text from './text.js';

/** What can be done with the flags that are selected; it is there while some are. */
export class SelectionBar {
  #root;
  #collection;
  #selection;

  /**
   * @param {HTMLElement} root
   * @param {Collection} collection
   * @param {Selection} selection
   * @param {{selectAll: () => void, remove: (codes: string[]) => void}} deeds
   */
  constructor(root, collection, selection, deeds) {
    this.#root = root;
    this.#collection = collection;
    this.#selection = selection;
    /** @param {string} part @param {() => void} act */
    const onClick = (part, act) => find(root, part, HTMLButtonElement).addEventListener('click', act);
    onClick('[data-select-all]', deeds.selectAll);
    onClick('[data-delete]', () => deeds.remove(selection.codes));
    onClick('[data-clear]', () => selection.set([]));
    selection.addEventListener('changed', () => {
      this.update();
      if (selection.size) announcer.say(find(root, '[data-selected]', HTMLElement).textContent ?? '');
    });
  }

  update() {
    const { codes, size } = this.#selection;
    const shown = this.#collection.shown.filter(({ flag }) => flag);
    const inSight = shown.filter(({ cc }) => this.#selection.has(cc)).length;
    this.#root.hidden = size === 0;
    setText(find(this.#root, '[data-selected]', HTMLElement), text.selected(size, size - inSight));
    find(this.#root, '[data-zip]', HTMLAnchorElement).href = zipUrl(codes);
    const all = find(this.#root, '[data-select-all]', HTMLButtonElement);
    all.hidden = inSight === shown.length;
    setText(all, text.selectAll(shown.length));
  }
}
