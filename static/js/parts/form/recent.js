/** @import { Group } from '../../model/naming.js' */
/** @import { Selection } from '../../model/selection.js' */
import { abbreviate, expandCodes } from '../../model/codes.js';
import { find } from '../../lib/dom.js';
import { recall, remember } from '../../lib/memory.js';
import { shortName } from '../../model/naming.js';

const KEY = 'recent';
const KEPT = 5;

/** The last few selections that were started, to be picked again: kept by the browser. */
export class Recent {
  #chips;
  #hint;
  #selection;
  #groups;

  /**
   * @param {HTMLElement} root
   * @param {Selection} selection
   * @param {readonly Group[]} groups
   */
  constructor(root, selection, groups) {
    this.#chips = find(root, '[data-recent]', HTMLElement);
    this.#hint = find(root, '[data-recent-hint]', HTMLElement);
    this.#selection = selection;
    this.#groups = groups;
    selection.addEventListener('changed', () => this.#sync());
    this.#show();
  }

  /** @param {string[]} codes */
  remember(codes) {
    const text = abbreviate(codes).join(' ');
    const others = read().filter((other) => other !== text);
    remember(KEY, JSON.stringify([text, ...others].slice(0, KEPT)));
    this.#show();
  }

  #show() {
    const selections = read().map(expandCodes);
    this.#chips.replaceChildren(...selections.map((codes) => this.#chip(codes)));
    this.#chips.hidden = selections.length === 0;
    this.#hint.hidden = selections.length > 0;
    this.#sync();
  }

  /** @param {string[]} codes */
  #chip(codes) {
    const button = document.createElement('button');
    Object.assign(button, { type: 'button', className: 'preset', textContent: shortName(codes, this.#groups) });
    button.title = codes.join(', ');
    button.dataset.codes = codes.join(' ');
    button.addEventListener('click', () => this.#selection.set(codes));
    const item = document.createElement('li');
    item.append(button);
    return item;
  }

  #sync() {
    for (const button of this.#chips.querySelectorAll('button')) {
      button.ariaPressed = String(this.#selection.is((button.dataset.codes ?? '').split(' ')));
    }
  }
}

/** What is kept, as far as it is codes. @returns {string[]} */
function read() {
  try {
    const kept = JSON.parse(recall(KEY) ?? '[]');
    return kept.filter((/** @type {unknown} */ text) => typeof text === 'string' && expandCodes(text).length);
  } catch {
    return [];
  }
}
