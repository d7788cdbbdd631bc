/** @import { JobStore } from '../../model/store.js' */
import { parts, setText } from '../../lib/dom.js';
import { speedup } from '../../model/speedup.js';
import * as text from '../../text/lesson.js';

/** Says what concurrency gains and, once the job has ended, what it could not: in two sentences. */
export class Lesson {
  #parts;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#parts = parts(root, 'gain', 'waiting');
  }

  /** @param {JobStore} store */
  update({ elapsed, job }) {
    const gains = speedup({ ...job, elapsed });
    setText(this.#parts.gain, text.gain(gains, job));
    setText(this.#parts.waiting, text.waiting(gains.waiting, job));
  }
}
