/** @import { JobStore } from './store.js' */
import { find, setText } from '../lib/dom.js';
import { clock, duration } from '../lib/text.js';
import { connectionsOf, speedup } from './speedup.js';
import * as text from './text.js';

/** So often (ms) the figures change, or nobody could read them. */
const READING_TIME = 250;

/** What downloading at once has gained: sum of all downloads, wall time, speed-up, floor, efficiency. */
export class Gains {
  #sum;
  #wall;
  #ratio;
  #floor;
  #efficiency;
  #aboutFloor;
  #shownAt = 0;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#sum = find(root, '[data-sum]', HTMLElement);
    this.#wall = find(root, '[data-wall]', HTMLElement);
    this.#ratio = find(root, '[data-ratio]', HTMLElement);
    this.#floor = find(root, '[data-floor]', HTMLElement);
    this.#efficiency = find(root, '[data-efficiency]', HTMLElement);
    this.#aboutFloor = find(root, '[data-about-floor]', HTMLElement);
  }

  /** @param {JobStore} store */
  reset({ job }) {
    this.#shownAt = 0;
    setText(this.#aboutFloor, text.aboutFloor(connectionsOf(job)));
  }

  /** @param {JobStore} store */
  update({ job, elapsed, ended }) {
    if (!ended && performance.now() - this.#shownAt < READING_TIME) return;
    this.#shownAt = performance.now();
    const { sum, wall, ratio, floor, efficiency } = speedup(job, elapsed);
    const time = ended ? duration : clock;
    setText(this.#sum, time(sum));
    setText(this.#wall, time(wall));
    setText(this.#ratio, text.times(ratio));
    setText(this.#floor, time(floor));
    setText(this.#efficiency, text.efficiency(efficiency));
  }
}
