/** @import { Selection } from '../../model/selection.js' */
import { findAll } from '../../lib/dom.js';
import { nextIndex } from '../../lib/roving.js';

/**
 * Mouse and keyboard in the list of boxes, which is one stop of the Tab key. With Shift, a click,
 * the space bar and the keys that move take everything in between along.
 */
export class BoxList {
  #root;
  #selection;
  #onLeave;
  /** The code that was picked last: there a range begins. */
  #anchor = '';
  #shift = false;

  /**
   * @param {HTMLElement} root
   * @param {Selection} selection
   * @param {() => void} onLeave  Told when the focus is to go up and out.
   */
  constructor(root, selection, onLeave) {
    this.#root = root;
    this.#selection = selection;
    this.#onLeave = onLeave;
    root.addEventListener('mousedown', (event) => event.shiftKey && event.preventDefault()); // it would mark text
    root.addEventListener('click', (event) => this.#clicked(event));
    root.addEventListener('change', ({ target }) => this.#ticked(target));
    root.addEventListener('keydown', (event) => this.#pressed(event));
    root.addEventListener('focusin', ({ target }) => this.#focused(target));
    for (const box of findAll(root, 'input', HTMLInputElement)) box.tabIndex = -1;
    this.settle();
  }

  /** The Tab key finds a box that can be seen. */
  settle() {
    const boxes = this.#boxes;
    if (!boxes.some(({ tabIndex }) => tabIndex === 0)) this.#focused(boxes[0] ?? null);
  }

  enter() {
    this.#boxes[0]?.focus();
  }

  /** Those that the search has left, from top to bottom. */
  get #boxes() {
    return findAll(this.#root, 'input', HTMLInputElement).filter((box) => !box.closest('[hidden]'));
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    // The keyboard clicks as well, with no detail: what it pressed is known from before.
    if (event.detail) this.#shift = event.shiftKey;
    const label = event.target instanceof Element ? event.target.closest('label') : null;
    const box = label?.control;
    if (!event.shiftKey || !box || event.target === box) return;
    event.preventDefault(); // not every browser lets Shift through to the box of a label
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

  /** What holds for the box where the focus is goes for those on its way. @param {HTMLInputElement[]} boxes @param {number} at @param {number} next */
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
