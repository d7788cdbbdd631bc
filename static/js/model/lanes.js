/** @import { JobStore } from './store.js' */
/** @import { Look, Row } from './types.js' */
/** @import { Viewport } from './viewport.js' */
import { gapBelow } from './layout.js';

/**
 * @typedef {object} Bar  One download in the timeline; its times in seconds, ascending.
 * @property {Row} row
 * @property {Look} look
 * @property {number} lane
 * @property {number} start
 * @property {number} sent  When the request was sent; `start` if it isn't known.
 * @property {number} answer  The first byte; `end` if there was none.
 * @property {number} received  The last byte; `end` if there was none or it isn't known.
 * @property {number} end  When it was done; now, while it runs.
 * @property {number} back  When its result was returned; now, while it is held back; otherwise `end`.
 *
 * @typedef {Row & {worker: number, started: number}} Begun
 * @typedef {Row & {returned: number}} Returned
 */

/** How far (pixels) from a bar a pointer may be to hit it. */
const REACH = 3;

/** The downloads of a job by worker, in the order in which the worker started them. */
export class Lanes {
  /** @type {Begun[][]} */
  #lanes = [];

  /** @param {JobStore} store */
  constructor(store) {
    this.store = store;
    for (const row of store.job.items.filter(hasBegun).sort((one, other) => one.started - other.started)) {
      while (this.#lanes.length <= row.worker) this.#lanes.push([]);
      this.#lanes[row.worker].push(row);
    }
  }

  /** One more than the highest worker. */
  get count() {
    return this.#lanes.length;
  }

  /** How many downloads there are. */
  get size() {
    return this.#lanes.flat().length;
  }

  /** @param {number} lane */
  bars(lane) {
    return this.#lanes[lane].map((row) => this.#bar(row));
  }

  /** @param {Row | null} row */
  bar(row) {
    return row && hasBegun(row) ? this.#bar(row) : null;
  }

  /** What a worker did: its downloads, and the share of the job's time in which it was busy. @param {number | null} lane */
  load(lane) {
    if (lane === null || lane >= this.count) return null;
    const bars = this.bars(lane);
    const busy = bars.reduce((sum, { start, end }) => sum + end - start, 0);
    return { downloads: bars.length, busy: this.store.elapsed ? Math.min(busy / this.store.elapsed, 1) : 0 };
  }

  /** The number of a download, from 1, counted lane by lane. @param {Row} row */
  position(row) {
    return this.#lanes.flat().findIndex((one) => one === row) + 1;
  }

  /** The rows whose results were returned to the main thread. */
  get returned() {
    return this.store.job.items.filter(isReturned);
  }

  /** The row whose result was returned at a point of the main thread. @param {Viewport} view @param {number} x */
  returnedAt(view, x) {
    const off = (/** @type {Returned} */ row) => Math.abs(view.x(row.returned) - x);
    const nearest = this.returned.reduce((/** @type {Returned | null} */ best, row) => (best && off(best) < off(row) ? best : row), null);
    return nearest && off(nearest) <= REACH ? nearest : null;
  }

  /** The bars in sight, lane by lane. @param {Viewport} view @param {Set<Row>} [except] */
  inSight(view, except) {
    const some = this.#lanes.slice(Math.floor(view.lane(0)), Math.floor(view.lane(view.height)) + 1);
    return some.flatMap((rows) => this.#within(rows, view.time(-REACH), view.time(view.width), except));
  }

  /**
   * The bar at a point, or the nearest within reach. A bar's tail counts, too, up to the next bar of its worker.
   * @param {Viewport} view
   * @param {number} x
   * @param {number} y
   */
  at(view, x, y) {
    const tail = this.#tailAt(view, x, y);
    if (tail) return tail;
    /** @type {Bar | null} */
    let nearest = null;
    let least = REACH;
    const some = this.#lanes.slice(Math.max(0, Math.floor(view.lane(y - REACH))), Math.floor(view.lane(y + REACH)) + 1);
    for (const bar of some.flatMap((rows) => this.#within(rows, view.time(x - 2 * REACH), view.time(x + REACH)))) {
      const [left, right] = view.extent(bar);
      const distance =
        outside(y, view.y(bar.lane), view.y(bar.lane + 1)) + outside(x, left, Math.max(right, view.x(bar.back)));
      if (distance > least) continue; // at the same distance, the later bar wins: it covers the other
      nearest = bar;
      least = distance;
    }
    return nearest;
  }

  /** The bar whose tail is at a point, below the bars of its lane. @param {Viewport} view @param {number} x @param {number} y */
  #tailAt(view, x, y) {
    const lane = Math.floor(view.lane(y));
    if (lane < 0 || lane >= this.count || view.y(lane + 1) - y > gapBelow(view.laneHeight)) return null;
    const time = view.time(x);
    return this.#within(this.#lanes[lane], time, time).filter(({ end, back }) => end <= time && time <= back && back > end).at(-1) ?? null;
  }

  /** @param {Begun[]} rows  Of one lane. @param {number} from @param {number} to @param {Set<Row>} [except] */
  #within(rows, from, to, except) {
    const candidates = rows.filter((row) => row.started <= to && !except?.has(row));
    return candidates.map((row) => this.#bar(row)).filter(({ back }) => back >= from);
  }

  /** @param {Begun} row @returns {Bar} */
  #bar(row) {
    const { store } = this;
    const look = store.lookOf(row);
    const start = row.started;
    const end = row.finished ?? Math.max(start, store.elapsed);
    const back = row.returned ?? (look === 'held' ? Math.max(end, store.elapsed) : end);
    const [sent, answer, received] = [row.sent ?? start, row.first_byte ?? end, row.received ?? end];
    return { row, look, lane: row.worker, start, sent, answer, received, end, back };
  }
}

/** @param {Row} row @returns {row is Begun} */
const hasBegun = (row) => row.worker !== null && row.started !== null;

/** @param {Row} row @returns {row is Returned} */
const isReturned = (row) => row.returned !== null;

/** How far a point is outside of a range. @param {number} point @param {number} from @param {number} to */
const outside = (point, from, to) => Math.max(from - point, point - to, 0);
