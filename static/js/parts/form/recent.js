/** @import { Group } from '../../model/naming.js' */
/** @import { Selection } from '../../model/selection.js' */
import { parts } from '../../lib/dom.js';
import { recall, remember } from '../../lib/memory.js';
import { abbreviate, expandCodes } from '../../model/codes.js';
import { shortName } from '../../model/naming.js';

const KEY = 'recent';
const KEPT = 5;

/** The last few selections that were started, to pick again; the browser stores them. */
export class Recent {
  #parts;
  #selection;
  #groups;

  /** @param {HTMLElement} root @param {Selection} selection @param {readonly Group[]} groups */
  constructor(root, selection, groups) {
    this.#parts = parts(root, 'recent', 'recentHint');
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
    this.#parts.recent.replaceChildren(...selections.map((codes) => this.#chip(codes)));
    this.#parts.recent.hidden = selections.length === 0;
    this.#parts.recentHint.hidden = selections.length > 0;
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
    for (const button of this.#parts.recent.querySelectorAll('button')) {
      button.ariaPressed = String(this.#selection.is((button.dataset.codes ?? '').split(' ')));
    }
  }
}

/** The stored selections, except those that are no codes. @returns {string[]} */
function read() {
  try {
    const kept = JSON.parse(recall(KEY) ?? '[]');
    return kept.filter((/** @type {unknown} */ text) => typeof text === 'string' && expandCodes(text).length);
  } catch {
    return [];
  }
}
