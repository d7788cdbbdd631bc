/** @import { JobStore } from '../../model/store.js' */
import { parts, setText } from '../../lib/dom.js';
import { figures } from '../../model/figures.js';
import * as text from '../../text/lesson.js';

/** Says what concurrency gained, and what it could not: in two sentences, once the job has ended. */
export class Lesson {
  #parts;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#parts = parts(root, 'gain', 'waiting');
  }

  /** @param {JobStore} store */
  update({ ended, job }) {
    const gains = ended ? figures(job) : null;
    setText(this.#parts.gain, gains ? text.gain(gains, job.concurrency) : '');
    setText(this.#parts.waiting, gains ? text.waiting(gains.waiting, job) : '');
  }
}
