/** @import { Collection } from '../../model/collection.js' */
/** @import { Selection } from '../../model/selection.js' */
/** @import { Actions } from './gestures.js' */
import { announcer } from '../../lib/announcer.js';
import { zipUrl } from '../../lib/api.js';
import { parts, setHidden, setText } from '../../lib/dom.js';
import * as text from '../../text/gallery.js';

/** Actions on the selected flags; shown while some are selected. */
export class SelectionBar {
  #root;
  #parts;
  #collection;
  #selection;
  #rest;

  /**
   * @param {HTMLElement} root
   * @param {Collection} collection
   * @param {Selection} selection
   * @param {Pick<Actions, 'remove' | 'selectAll' | 'selectNothing'>} actions
   * @param {() => HTMLElement} rest  Returns the element that gets the focus when the bar is hidden.
   */
  constructor(root, collection, selection, actions, rest) {
    this.#root = root;
    this.#parts = parts(root, 'selected', 'selectAll', 'zipSelected', 'delete', 'clear');
    this.#collection = collection;
    this.#selection = selection;
    this.#rest = rest;
    this.#parts.selectAll.addEventListener('click', actions.selectAll);
    this.#parts.delete.addEventListener('click', () => actions.remove(selection.codes));
    this.#parts.clear.addEventListener('click', actions.selectNothing);
    selection.addEventListener('changed', () => {
      this.update();
      if (selection.size) announcer.say(this.#parts.selected.textContent ?? '');
    });
  }

  update() {
    const { codes, size } = this.#selection;
    const { selected, selectAll, zipSelected, clear } = this.#parts;
    const shown = this.#collection.savedInSight;
    const inSight = shown.filter((cc) => this.#selection.has(cc)).length;
    setHidden(this.#root, size === 0, this.#rest);
    setText(selected, text.selected(size, size - inSight));
    zipSelected.setAttribute('href', zipUrl(codes));
    setHidden(selectAll, inSight === shown.length, () => clear);
    setText(selectAll, text.selectAll(shown.length));
  }
}
