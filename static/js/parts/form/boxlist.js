/** @import { Selection } from '../../model/selection.js' */
import { findAll } from '../../lib/dom.js';
import { nextIndex } from '../../lib/roving.js';

/**
 * Mouse and keyboard in the list of boxes, which is one tab stop. With Shift, a click, Space or an arrow key
 * changes a range.
 */
export class BoxList {
  #root;
  #selection;
  #onLeave;
  /** The code that was picked last: a range begins there. */
  #anchor = '';
  #shift = false;

  /**
   * @param {HTMLElement} root
   * @param {Selection} selection
   * @param {() => void} onLeave  Called when ArrowUp leaves the list.
   */
  constructor(root, selection, onLeave) {
    this.#root = root;
    this.#selection = selection;
    this.#onLeave = onLeave;
    root.addEventListener('mousedown', (event) => event.shiftKey && event.preventDefault()); // else it selects text
    root.addEventListener('click', (event) => this.#clicked(event));
    root.addEventListener('change', ({ target }) => this.#ticked(target));
    root.addEventListener('keydown', (event) => this.#pressed(event));
    root.addEventListener('focusin', ({ target }) => this.#focused(target));
    for (const box of findAll(root, 'input', HTMLInputElement)) box.tabIndex = -1;
    this.settle();
  }

  /** Makes a visible box the tab stop. */
  settle() {
    const boxes = this.#boxes;
    if (!boxes.some(({ tabIndex }) => tabIndex === 0)) this.#focused(boxes[0] ?? null);
  }

  enter() {
    this.#boxes[0]?.focus();
  }

  /** The boxes that match the search, from top to bottom. */
  get #boxes() {
    return findAll(this.#root, 'input', HTMLInputElement).filter((box) => !box.closest('[hidden]'));
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    // A click by the keyboard has detail 0 and no Shift: then #pressed() has already set #shift.
    if (event.detail) this.#shift = event.shiftKey;
    const label = event.target instanceof Element ? event.target.closest('label') : null;
    const box = label?.control;
    if (!event.shiftKey || !box || event.target === box) return;
    event.preventDefault(); // not every browser passes Shift on to the box of a label
    box.click();
  }

  /** @param {EventTarget | null} target */
  #ticked(target) {
    if (!(target instanceof HTMLInputElement) || target.name !== 'codes') return;
    target.focus();
    this.#selection.mark(this.#shift ? this.#upTo(target) : [target.value], target.checked);
    this.#anchor = target.value;
    this.#shift = false;
  }

  /** @param {HTMLInputElement} box */
  #upTo(box) {
    const boxes = this.#boxes;
    const from = boxes.findIndex(({ value, name }) => name === 'codes' && value === this.#anchor);
    return from < 0 ? [box.value] : codesBetween(boxes, from, boxes.indexOf(box));
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    this.#shift = event.shiftKey;
    const boxes = this.#boxes;
    const at = boxes.findIndex((box) => box === event.target);
    const next = nextIndex(event, at, boxes.length);
    if (next === null) return;
    event.preventDefault();
    if (event.shiftKey) this.#spread(boxes, at, next);
    if (at === 0 && event.key === 'ArrowUp') this.#onLeave();
    else boxes[next].focus();
  }

  /**
   * Gives the boxes from one to another the state of the first.
   * @param {HTMLInputElement[]} boxes
   * @param {number} at
   * @param {number} next
   */
  #spread(boxes, at, next) {
    this.#selection.mark(codesBetween(boxes, at, next), boxes[at].checked);
    this.#anchor = boxes[next].value;
  }

  /** @param {EventTarget | null} target */
  #focused(target) {
    this.#root.querySelector('[tabindex="0"]')?.setAttribute('tabindex', '-1');
    if (target instanceof HTMLElement) target.tabIndex = 0;
  }
}

/** @param {HTMLInputElement[]} boxes @param {number} from @param {number} to */
const codesBetween = (boxes, from, to) =>
  boxes
    .slice(Math.min(from, to), Math.max(from, to) + 1)
    .filter(({ name }) => name === 'codes')
    .map(({ value }) => value);
