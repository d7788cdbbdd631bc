/** @import { Feed } from './feed.js' */
import { announcer } from '../../lib/announcer.js';
import { deleteFlags, restoreFlags } from '../../lib/api.js';
import { parts, setHidden, setText } from '../../lib/dom.js';
import * as text from '../../text/gallery.js';

/** A sentence without Undo is shown this long (ms). */
const SENTENCE_SHOWN = 8000;

/**
 * Deletes flags, and restores those that were deleted last. A line says so until it is closed; without
 * Undo, it goes away by itself. Dispatches `restored`, whose `detail` is the list of codes.
 */
export class Trash extends EventTarget {
  #line;
  #parts;
  #feed;
  #rest;
  #timer = 0;
  /** What was deleted last. @type {readonly string[]} */
  #last = [];
  /** The last request; its value says what went wrong. */
  #turn = Promise.resolve('');

  /**
   * @param {HTMLElement} line
   * @param {Feed} feed
   * @param {() => HTMLElement} rest  Returns the element that gets the focus when the line is hidden.
   */
  constructor(line, feed, rest) {
    super();
    this.#line = line;
    this.#feed = feed;
    this.#rest = rest;
    this.#parts = parts(line, 'sentence', 'undo', 'close');
    this.#parts.undo.addEventListener('click', () => this.undo());
    this.#parts.close.addEventListener('click', () => this.#hide());
  }

  /** Whether undo() would restore a flag. @param {string} cc */
  has(cc) {
    return this.#last.includes(cc);
  }

  focus() {
    this.#parts.undo.focus();
  }

  /** @param {readonly string[]} codes @returns {Promise<string>} what went wrong, if anything did */
  remove(codes) {
    return this.#inTurn(async () => {
      const { deleted } = await deleteFlags(codes);
      if (deleted.length) this.#last = deleted;
      await this.#feed.refresh();
      if (deleted.length) this.#say(text.deleted(deleted.length));
      return '';
    });
  }

  /** @returns {Promise<string>} what went wrong, if anything did */
  undo() {
    return this.#inTurn(async () => {
      if (!this.#last.length) return '';
      const { restored } = await restoreFlags(this.#last);
      this.#last = [];
      await this.#feed.refresh();
      const problem = restored.length ? '' : text.NOT_RESTORED;
      this.#say(problem || text.restored(restored.length));
      this.dispatchEvent(new CustomEvent('restored', { detail: restored }));
      return problem;
    });
  }

  /**
   * Requests run one after another: the second of two clicks acts when the first one's request is done.
   * @param {() => Promise<string>} act
   */
  #inTurn(act) {
    this.#turn = this.#turn.then(act).catch((/** @type {Error} */ { message }) => {
      this.#say(message);
      return message;
    });
    return this.#turn;
  }

  /** @param {string} sentence */
  #say(sentence) {
    setText(this.#parts.sentence, sentence);
    this.#parts.undo.hidden = this.#last.length === 0;
    this.#line.hidden = false;
    clearTimeout(this.#timer);
    if (!this.#last.length) this.#timer = setTimeout(() => this.#hide(), SENTENCE_SHOWN);
    announcer.say(sentence);
  }

  #hide() {
    setHidden(this.#line, true, this.#rest);
  }
}
