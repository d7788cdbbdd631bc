/** @import { JobStore } from './store.js' */
import { copies } from '../lib/clipboard.js';
import { find, setText } from '../lib/dom.js';
import { command } from '../form/command.js';
import { requestOf } from './request.js';

/** The report of the command line, once the job has ended, and the command itself. */
export class Report {
  #root;
  #text;
  #command = '';

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
    this.#text = find(root, 'pre', HTMLElement);
    copies(find(root, '[data-copy]', HTMLButtonElement), () => this.#text.textContent ?? '');
    copies(find(root, '[data-copy-command]', HTMLButtonElement), () => this.#command);
  }

  /** @param {JobStore} store */
  reset({ job }) {
    this.#command = command(requestOf(job));
  }

  /** @param {JobStore} store */
  update({ ended, job }) {
    this.#root.hidden = !ended || !job.report;
    setText(this.#text, job.report);
  }
}
