/** @import { Feed } from './feed.js' */
import { announcer } from '../../lib/announcer.js';
import { deleteFlags, restoreFlags } from '../../lib/api.js';
import { find, setHidden, setText } from '../../lib/dom.js';
import * as text from '../../text/gallery.js';

const READ = 8000; // ms: there is nothing to do about it

/**
 * Deletes flags, and brings back what was deleted last: a line says so until it is closed.
 * Dispatches `restored`, whose `detail` is the list of codes.
 */
export class Trash extends EventTarget {
  #line;
  #sentence;
  #undo;
  #feed;
  #rest;
  #timer = 0;
  /** What was deleted last. @type {readonly string[]} */
  #last = [];
  /** What was asked for last: what went wrong there. */
  #turn = Promise.resolve('');

  /**
   * @param {HTMLElement} line
   * @param {Feed} feed
   * @param {() => HTMLElement} rest  Takes the focus where the line is hidden.
   */
  constructor(line, feed, rest) {
    super();
    this.#line = line;
    this.#feed = feed;
    this.#rest = rest;
    this.#sentence = find(line, '[data-sentence]', HTMLElement);
    this.#undo = find(line, '[data-undo]', HTMLButtonElement);
    this.#undo.addEventListener('click', () => this.undo());
    find(line, '[data-close]', HTMLButtonElement).addEventListener('click', () => this.#hide());
  }

  /** Whether a flag would come back. @param {string} cc */
  has(cc) {
    return this.#last.includes(cc);
  }

  focus() {
    this.#undo.focus();
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

  /** One after another: a second click finds done what the first has asked for. @param {() => Promise<string>} act */
  #inTurn(act) {
    this.#turn = this.#turn.then(act).catch((/** @type {Error} */ { message }) => {
      this.#say(message);
      return message;
    });
    return this.#turn;
  }

  /** @param {string} sentence */
  #say(sentence) {
    setText(this.#sentence, sentence);
    this.#undo.hidden = this.#last.length === 0;
    this.#line.hidden = false;
    clearTimeout(this.#timer);
    if (this.#undo.hidden) this.#timer = setTimeout(() => this.#hide(), READ);
    announcer.say(sentence);
  }

  #hide() {
    setHidden(this.#line, true, this.#rest);
  }
}
