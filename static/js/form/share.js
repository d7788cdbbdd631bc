/** @import { JobRequest } from './request.js' */
import { announcer } from '../lib/announcer.js';
import { command } from './command.js';
import { find } from '../lib/dom.js';
import { query } from './link.js';
import { COPIED } from '../lib/text.js';

const SHOW_COPIED = 2000;

/** What the form says, to take elsewhere: as a line for a terminal, and as a link. */
export class Share {
  #line;
  #command = '';
  #link = '';

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#line = find(root, '[data-line]', HTMLInputElement);
    const ofCommand = find(root, '[data-copy-command]', HTMLButtonElement);
    const ofLink = find(root, '[data-copy-link]', HTMLButtonElement);
    this.#line.addEventListener('click', () => this.#copy(ofCommand, this.#command));
    ofCommand.addEventListener('click', () => this.#copy(ofCommand, this.#command));
    ofLink.addEventListener('click', () => this.#copy(ofLink, this.#link));
  }

  /** @param {JobRequest} request */
  update(request) {
    this.#line.value = this.#command = command(request);
    this.#link = new URL(`/?${query(request)}`, location.href).href.replace(/\?$/, '');
  }

  /** @param {HTMLButtonElement} button @param {string} text */
  async #copy(button, text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      this.#offer(text);
      return;
    }
    announcer.say(COPIED);
    button.dataset.copied = '';
    setTimeout(() => delete button.dataset.copied, SHOW_COPIED);
  }

  /** Without a clipboard, as over plain HTTP from another machine, the reader copies. @param {string} text */
  #offer(text) {
    this.#line.value = text;
    this.#line.focus();
    this.#line.select();
  }
}
