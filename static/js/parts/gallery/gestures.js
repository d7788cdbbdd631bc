/** @import { Card, Collection } from '../../model/collection.js' */
/** @import { Selection } from '../../model/selection.js' */
/** @import { Grid } from './grid.js' */
import { isShortcut, letterOf, nextIndex } from '../../lib/roving.js';

/**
 * @typedef {object} Actions  What gestures ask for.
 * @property {(card: Card) => void} open
 * @property {(card: Card) => void} fetch
 * @property {(codes: string[]) => void} remove
 * @property {() => void} undo
 * @property {() => void} selectAll
 * @property {() => void} selectNothing
 */

/**
 * Mouse and keyboard on the cards: arrows move, Space selects, Shift selects a range, Ctrl+A all in sight, Escape none,
 * Delete deletes, Ctrl+Z restores.
 */
export class Gestures {
  #grid;
  #collection;
  #selection;
  #actions;
  /** The code where a range begins. @type {string | null} */
  #anchor = null;
  /** The codes that were selected before the range. @type {string[]} */
  #base = [];
  #extending = false;

  /**
   * @param {HTMLElement} root
   * @param {Grid} grid
   * @param {Collection} collection
   * @param {Selection} selection
   * @param {Actions} actions
   */
  constructor(root, grid, collection, selection, actions) {
    this.#grid = grid;
    this.#collection = collection;
    this.#selection = selection;
    this.#actions = actions;
    root.addEventListener('click', (event) => this.#clicked(event));
    root.addEventListener('keydown', (event) => this.#cardKey(event));
    document.addEventListener('keydown', (event) => this.#pageKey(event, root));
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const { target } = event;
    const card = this.#grid.cardOf(target);
    if (!card || !(target instanceof Element)) return;
    if (target.closest('.card-select')) this.#ticked(event, card);
    else if (!target.closest('.card-open') || event.ctrlKey || event.metaKey) return;
    else if (!card.flag) this.#actions.fetch(card);
    else {
      event.preventDefault(); // the link is for pages without scripts, and for new tabs
      if (event.shiftKey) this.#extendTo(card);
      else this.#actions.open(card);
    }
  }

  /** A click on the label must not also click its box. @param {MouseEvent} event @param {Card} card */
  #ticked(event, card) {
    if (!(event.target instanceof HTMLInputElement)) event.preventDefault();
    if (event.shiftKey) this.#extendTo(card);
    else this.#toggle(card);
  }

  /** @param {KeyboardEvent} event */
  #cardKey(event) {
    const card = this.#grid.cardOf(event.target);
    if (!card || isShortcut(event)) return;
    if (event.key === ' ' && card.flag) {
      event.preventDefault();
      if (event.repeat) return; // a key that is held would select and deselect in turn
      if (event.shiftKey) this.#extendTo(card);
      else this.#toggle(card);
    } else this.#move(event, card);
  }

  /** @param {KeyboardEvent} event @param {Card} from */
  #move(event, from) {
    const { shown } = this.#collection;
    const next = nextIndex(event, shown.indexOf(from), shown.length, this.#grid.columns);
    if (next === null) return;
    event.preventDefault();
    this.#grid.focus(shown[next].cc);
    if (event.shiftKey) this.#extendFrom(from, shown[next]);
    else this.#extending = false;
  }

  /** @param {KeyboardEvent} event @param {HTMLElement} root */
  #pageKey(event, root) {
    const { target } = event;
    const inDialog = document.querySelector('dialog[open]') !== null; // there, a deletion can be undone, too
    const ours = !inDialog && target instanceof Node && (target === document.body || root.contains(target));
    const typing = target instanceof HTMLInputElement && target.type === 'search';
    if (typing) return;
    if (event.ctrlKey || event.metaKey) this.#command(event, ours);
    else if (event.key === 'Escape' && !inDialog) this.#actions.selectNothing();
    else if (event.key === 'Delete' && !event.repeat && ours) this.#remove(); // a key that is held would delete the next cards
  }

  /** @param {KeyboardEvent} event @param {boolean} ours */
  #command(event, ours) {
    const letter = letterOf(event);
    if (letter === 'z') this.#actions.undo();
    else if (letter === 'a' && ours) this.#actions.selectAll();
    else return;
    event.preventDefault();
  }

  /** Removes the selected flags, else the focused one. */
  #remove() {
    const focused = this.#grid.cardOf(document.activeElement);
    const codes = this.#selection.size ? this.#selection.codes : focused ? saved([focused]) : [];
    if (codes.length) this.#actions.remove(codes);
  }

  /** @param {Card} card */
  #toggle({ cc }) {
    this.#selection.mark([cc], !this.#selection.has(cc));
    this.#anchor = cc;
    this.#base = this.#selection.codes;
    this.#extending = false;
  }

  /** Shift and an arrow: the range begins where the first arrow was pressed. @param {Card} from @param {Card} to */
  #extendFrom(from, to) {
    if (!this.#extending) {
      this.#anchor = from.cc;
      this.#base = this.#selection.codes;
    }
    this.#extending = true;
    this.#extendTo(to);
  }

  /** Selects the cards from the last one that was chosen to this one. @param {Card} card */
  #extendTo(card) {
    const { shown } = this.#collection;
    const to = shown.indexOf(card);
    const from = shown.findIndex(({ cc }) => cc === this.#anchor);
    const ends = from < 0 ? [to, to] : [Math.min(from, to), Math.max(from, to)];
    this.#selection.set([...this.#base, ...saved(shown.slice(ends[0], ends[1] + 1))]);
  }
}

/** @param {readonly Card[]} cards */
const saved = (cards) => cards.filter(({ flag }) => flag).map(({ cc }) => cc);
