/** @import { JobStore } from '../../model/store.js' */
/** @import { Row } from '../../model/types.js' */
import { parts, setText } from '../../lib/dom.js';
import { figures } from '../../model/figures.js';
import * as text from '../../text/lesson.js';

/** Says what concurrency gains. Once the job has ended, also says what limits the gain and how results came back. */
export class Lesson {
  #parts;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#parts = parts(root, 'gain', 'order', 'waiting');
  }

  /** @param {JobStore} store */
  update({ ended, elapsed, job }) {
    const items = job.items.map((row) => (row.status === 'running' ? sofar(row, elapsed) : row));
    const gains = figures({ ...job, items, elapsed });
    setText(this.#parts.gain, text.gain(gains, job));
    setText(this.#parts.order, text.order(job, gains.first));
    setText(this.#parts.waiting, ended ? text.waiting(gains, job) : ''); // not known yet for running downloads
  }
}

/** A download that runs, as if it were done now. @param {Row} row @param {number} now @returns {Row} */
const sofar = (row, now) => ({ ...row, status: 'ok', finished: now });
