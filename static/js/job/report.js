/** @import { JobStore } from './store.js' */
import { find, setText } from '../lib/dom.js';
import { COPIED } from '../lib/text.js';

const SHOW_COPIED = 2000;

/** The report of the command line, once the job has ended. */
export class Report {
  #root;
  #text;
  #copy;
  #label;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
    this.#text = find(root, 'pre', HTMLElement);
    this.#copy = find(root, '[data-copy]', HTMLButtonElement);
    this.#label = this.#copy.textContent ?? '';
    this.#copy.addEventListener('click', () => this.#toClipboard());
    // Where a page isn't served from this machine or over TLS there is no clipboard.
    this.#copy.hidden = !navigator.clipboard;
  }

  /** @param {JobStore} store */
  update({ ended, job }) {
    this.#root.hidden = !ended || !job.report;
    setText(this.#text, job.report);
  }

  async #toClipboard() {
    await navigator.clipboard.writeText(this.#text.textContent ?? '');
    setText(this.#copy, COPIED);
    setTimeout(() => setText(this.#copy, this.#label), SHOW_COPIED);
  }
}
