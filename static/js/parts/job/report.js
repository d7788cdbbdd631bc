/** @import { JobStore } from '../../model/store.js' */
import { address, formPage } from '../../lib/address.js';
import { copies } from '../../lib/clipboard.js';
import { find, findAll, parts, setText } from '../../lib/dom.js';
import { command } from '../../model/command.js';
import { query, requestOf } from '../../model/request.js';

/** Once the job has ended: its report as the command line prints it, and ways to run it again. */
export class Report {
  #root;
  #text;
  /** Missing on a job's own page. */
  #again;
  #command = '';

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
    this.#text = find(root, 'pre', HTMLElement);
    this.#again = findAll(root, '[data-again]', HTMLFormElement);
    const { copy, copyCommand } = parts(root, 'copy', 'copyCommand');
    copies(copy, () => this.#text.textContent ?? '');
    copies(copyCommand, () => this.#command);
  }

  /** @param {JobStore} store */
  reset({ job }) {
    const request = requestOf(job);
    this.#command = command(request);
    for (const form of this.#again) {
      form.action = address(`/jobs/${job.id}/again`);
      for (const other of findAll(form, 'button', HTMLButtonElement)) other.hidden = other.value === job.spec.strategy;
      find(form, '[data-change]', HTMLAnchorElement).href = formPage(query(request));
    }
  }

  /** @param {JobStore} store */
  update({ ended, job }) {
    this.#root.hidden = !ended || !job.report;
    setText(this.#text, job.report);
  }
}
