/** @import { JobStore } from '../../model/store.js' */
import { zipUrl } from '../../lib/api.js';
import { copies } from '../../lib/clipboard.js';
import { parts, setText } from '../../lib/dom.js';
import { command } from '../../model/command.js';
import { requestOf } from '../../model/request.js';
import { zip as zipOf } from '../../text/gallery.js';

/** The actions for an ended job: get its flags as a zip, go to the gallery, run it again, copy or print its report. */
export class Ending {
  #parts;
  #command = '';

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#parts = parts(root, 'onceEnded', 'zip', 'copyReport', 'copyCommand', 'report');
    copies(this.#parts.copyReport, () => this.#parts.report.textContent ?? '');
    copies(this.#parts.copyCommand, () => this.#command);
  }

  /** @param {JobStore} store */
  reset({ job }) {
    this.#command = command(requestOf(job));
  }

  /** @param {JobStore} store */
  update({ ended, job }) {
    const { onceEnded, zip, report } = this.#parts;
    onceEnded.hidden = !ended;
    setText(report, job.report);
    if (!ended) return;
    const saved = job.items.filter(({ status }) => status === 'ok').map(({ cc }) => cc);
    zip.hidden = saved.length === 0 || job.source === 'imported'; // the flags of an imported job are saved elsewhere
    if (zip instanceof HTMLAnchorElement) zip.href = zipUrl(saved);
    setText(zip, zipOf(saved.length));
  }
}
