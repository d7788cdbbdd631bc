/** @import { JobStore } from '../../model/store.js' */
import { parts, setText } from '../../lib/dom.js';
import { clock, duration } from '../../lib/text.js';
import * as text from '../../text/job.js';
import { speedup } from '../../model/speedup.js';

/** The figures change at most so often (ms), to be readable. */
const READING_TIME = 250;

/** The gain of concurrency: sum of all downloads, wall time, speed-up, floor, efficiency. */
export class Gains {
  #parts;
  #shownAt = -Infinity;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#parts = parts(root, 'sum', 'wall', 'ratio', 'floor', 'efficiency', 'aboutFloor');
  }

  /** @param {JobStore} store */
  reset({ job }) {
    this.#shownAt = -Infinity;
    setText(this.#parts.aboutFloor, text.aboutFloor(job.concurrency));
  }

  /** @param {JobStore} store */
  update({ job, elapsed, ended }) {
    if (!ended && performance.now() - this.#shownAt < READING_TIME) return;
    this.#shownAt = performance.now();
    const { sum, wall, ratio, floor, efficiency } = speedup(job, elapsed);
    const time = ended ? duration : clock;
    setText(this.#parts.sum, time(sum));
    setText(this.#parts.wall, time(wall));
    setText(this.#parts.ratio, text.times(ratio));
    setText(this.#parts.floor, time(floor));
    setText(this.#parts.efficiency, text.efficiency(efficiency));
  }
}
