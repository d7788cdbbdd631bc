/** @import { JobStore } from '../../model/store.js' */
import { copies } from '../../lib/clipboard.js';
import { find, findAll, setText } from '../../lib/dom.js';
import { command } from '../../model/command.js';
import { query, requestOf } from '../../model/request.js';

/** The report of the command line, once the job has ended, and the ways to have the job again. */
export class Report {
  #root;
  #text;
  /** None on a job's own page. */
  #again;
  #command = '';

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
    this.#text = find(root, 'pre', HTMLElement);
    this.#again = findAll(root, '[data-again]', HTMLFormElement);
    copies(find(root, '[data-copy]', HTMLButtonElement), () => this.#text.textContent ?? '');
    copies(find(root, '[data-copy-command]', HTMLButtonElement), () => this.#command);
  }

  /** @param {JobStore} store */
  reset({ job }) {
    const request = requestOf(job);
    this.#command = command(request);
    for (const form of this.#again) {
      form.action = `/jobs/${job.id}/again`;
      for (const other of findAll(form, 'button', HTMLButtonElement)) other.hidden = other.value === job.spec.strategy;
      find(form, '[data-change]', HTMLAnchorElement).href = `/?${query(request)}`;
    }
  }

  /** @param {JobStore} store */
  update({ ended, job }) {
    this.#root.hidden = !ended || !job.report;
    setText(this.#text, job.report);
  }
}
