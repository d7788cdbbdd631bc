/** @import { Group } from '../../model/naming.js' */
/** @import { Selection } from '../../model/selection.js' */
import { element } from '../../lib/dom.js';
import { recall, remember } from '../../lib/memory.js';
import { abbreviate, expandCodes } from '../../model/codes.js';
import { partsOf, shortName } from '../../model/naming.js';
import * as text from '../../text/form.js';

const KEY = 'recent';
const KEPT = 5;

/** One line of buttons: each part of the choice, to remove it; then other choices: presets, and recent ones. */
export class Chips {
  #root;
  #selection;
  #groups;
  #presets;
  #nameOf;

  /**
   * @param {HTMLElement} root
   * @param {Selection} selection
   * @param {readonly Group[]} groups  What a choice may consist of.
   * @param {readonly Group[]} presets
   * @param {(code: string) => string} nameOf
   */
  constructor(root, selection, groups, presets, nameOf) {
    this.#root = root;
    this.#selection = selection;
    this.#groups = groups;
    this.#presets = presets;
    this.#nameOf = nameOf;
    selection.addEventListener('changed', () => this.#draw());
  }

  /** Offers a choice again later; the browser stores it. @param {readonly string[]} codes */
  remember(codes) {
    const text = abbreviate(codes).join(' ');
    const others = recent().filter((other) => other !== text);
    remember(KEY, JSON.stringify([text, ...others].slice(0, KEPT)));
  }

  #draw() {
    const focused = this.#root.contains(document.activeElement);
    this.#root.replaceChildren(...this.#chosen, ...this.#others);
    if (focused) this.#root.querySelector('button')?.focus();
  }

  get #chosen() {
    return partsOf(this.#selection.codes, this.#groups, this.#nameOf).map(({ name, codes }) =>
      chip(`${name} ×`, text.remove(name), 'preset is-chosen', () => this.#selection.mark(codes, false)),
    );
  }

  get #others() {
    const choices = [...this.#presets.map(({ codes }) => codes), ...recent().map(expandCodes)];
    return choices.filter((codes) => !this.#selection.is(codes)).map((codes) => {
      const name = shortName(codes, this.#groups);
      return chip(name, text.offer(name, true), 'preset', () => this.#selection.set(codes));
    });
  }
}

/** @param {string} textContent @param {string} ariaLabel @param {string} className @param {() => void} act */
function chip(textContent, ariaLabel, className, act) {
  const button = element('button', { type: 'button', textContent, ariaLabel, className });
  button.addEventListener('click', act);
  return button;
}

/** The stored choices, except those that aren't codes. @returns {string[]} */
function recent() {
  try {
    const kept = JSON.parse(recall(KEY) ?? '[]');
    return kept.filter((/** @type {unknown} */ text) => typeof text === 'string' && expandCodes(text).length);
  } catch {
    return [];
  }
}
