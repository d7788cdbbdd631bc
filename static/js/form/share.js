/** @import { JobRequest } from './request.js' */
import { copy } from '../lib/clipboard.js';
import { command } from './command.js';
import { find } from '../lib/dom.js';
import { query } from './link.js';

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
    if (!(await copy(button, text))) this.#offer(text);
  }

  /** Without a clipboard the reader copies. @param {string} text */
  #offer(text) {
    this.#line.value = text;
    this.#line.focus();
    this.#line.select();
  }
}
