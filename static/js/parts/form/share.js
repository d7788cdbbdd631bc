/** @import { JobRequest } from '../../model/request.js' */
import { formPage } from '../../lib/address.js';
import { copy } from '../../lib/clipboard.js';
import { find } from '../../lib/dom.js';
import { command } from '../../model/command.js';
import { query } from '../../model/request.js';

/** The form's request as a line for a terminal, and as a link. */
export class Share {
  #line;
  #ofCommand;
  #ofLink;
  #command = '';
  #link = '';

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#line = find(root, '[data-line]', HTMLTextAreaElement);
    this.#ofCommand = find(root, '[data-copy-command]', HTMLButtonElement);
    this.#ofLink = find(root, '[data-copy-link]', HTMLButtonElement);
    this.#line.addEventListener('click', () => this.#ofCommand.click());
    this.#ofCommand.addEventListener('click', () => this.#copy(this.#ofCommand, this.#command));
    this.#ofLink.addEventListener('click', () => this.#copy(this.#ofLink, this.#link));
  }

  /** @param {{command: JobRequest, link: JobRequest} | null} requests  null if the form is invalid. */
  update(requests) {
    this.#line.value = this.#command = requests ? command(requests.command) : '';
    this.#link = requests ? new URL(formPage(query(requests.link)), location.href).href.replace(/\?$/, '') : '';
    this.#ofCommand.disabled = this.#ofLink.disabled = !requests;
  }

  /** Without a clipboard, selects the text for the reader to copy. @param {HTMLButtonElement} button @param {string} text */
  async #copy(button, text) {
    if (await copy(button, text)) return;
    this.#line.value = text;
    this.#line.focus();
    this.#line.select();
  }
}
