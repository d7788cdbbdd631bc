/** @import { Row } from '../lib/types.js' */
/** @import { Viewport } from './layout.js' */

/**
 * @typedef {object} Bar  One download as the timeline shows it; in seconds.
 * @property {Row} row
 * @property {number} lane
 * @property {number} start
 * @property {number} answer  When the first byte came; `end` where none has.
 * @property {number} end  Now, while it runs.
 * @property {boolean} held  Its worker has gone on to another, but its result isn't handed over:
 *   `map` yields in the order of submission.
 */

/** How far (pixels) from a bar a pointer may be and still mean it. */
const REACH = 3;

/** The downloads by the worker that made them, in the order in which it began them. No DOM. */
export class Lanes {
  /** @type {Row[][]} */
  #lanes = [];
  /** @type {Map<Row, Row[]>} */
  #laneOf = new Map();

  /** @param {Iterable<Row>} [rows] */
  constructor(rows = []) {
    for (const row of rows) this.place(row);
  }

  /** One more than the highest worker. */
  get count() {
    return this.#lanes.length;
  }

  /** How many downloads there are. */
  get size() {
    return this.#laneOf.size;
  }

  /** Takes in what has become of a row. @param {Row} row */
  place(row) {
    const before = this.#laneOf.get(row);
    const lane = this.#laneFor(row);
    if (before !== lane) this.#move(row, before, lane);
    if (lane) settle(lane, lane.lastIndexOf(row));
  }

  /** @param {number} lane @param {number} elapsed @returns {Bar[]} */
  bars(lane, elapsed) {
    return (this.#lanes[lane] ?? []).map((_, index) => this.#bar(lane, index, elapsed));
  }

  /** @param {Row} row @param {number} elapsed */
  bar(row, elapsed) {
    const lane = this.#laneOf.get(row);
    return lane ? this.#bar(this.#lanes.indexOf(lane), lane.indexOf(row), elapsed) : null;
  }

  /** Which download it is, counted from 1 along the lanes. @param {Row} row */
  position(row) {
    return this.#lanes.flat().indexOf(row) + 1;
  }

  /**
   * Calls for each bar that is in sight, lane by lane.
   * @param {Viewport} view
   * @param {number} elapsed
   * @param {(bar: Bar) => void} visit
   */
  visit(view, elapsed, visit) {
    const last = Math.min(this.count - 1, Math.floor(view.lane(view.height)));
    for (let lane = Math.floor(view.lane(0)); lane <= last; lane += 1) {
      this.#within(lane, view.time(-REACH), view.time(view.width), elapsed, visit);
    }
  }

  /**
   * The bar at a point, or the nearest within reach: many are thinner than a pointer is exact.
   * @param {Viewport} view
   * @param {number} x
   * @param {number} y
   * @param {number} elapsed
   */
  at(view, x, y, elapsed) {
    /** @type {Bar | null} */
    let nearest = null;
    let least = REACH;
    const last = Math.min(this.count - 1, Math.floor(view.lane(y + REACH)));
    for (let lane = Math.max(0, Math.floor(view.lane(y - REACH))); lane <= last; lane += 1) {
      const off = outside(y, view.y(lane), view.y(lane + 1));
      this.#within(lane, view.time(x - 2 * REACH), view.time(x + REACH), elapsed, (bar) => {
        const distance = off + outside(x, ...view.extent(bar));
        if (distance >= least) return;
        nearest = bar;
        least = distance;
      });
    }
    return /** @type {Bar | null} */ (nearest);
  }

  /**
   * @param {number} lane
   * @param {number} from
   * @param {number} to
   * @param {number} elapsed
   * @param {(bar: Bar) => void} visit
   */
  #within(lane, from, to, elapsed, visit) {
    const rows = this.#lanes[lane];
    // A worker downloads one at a time: only the last that began before may reach into the range.
    for (let index = Math.max(0, firstAfter(rows, from) - 1); index < rows.length; index += 1) {
      const bar = this.#bar(lane, index, elapsed);
      if (bar.start > to) break;
      if (bar.end >= from) visit(bar);
    }
  }

  /** @param {number} lane @param {number} index @param {number} elapsed @returns {Bar} */
  #bar(lane, index, elapsed) {
    const row = this.#lanes[lane][index];
    const next = this.#lanes[lane][index + 1];
    const start = begin(row);
    const end = Math.max(start, row.finished ?? (next ? begin(next) : elapsed));
    const answer = Math.min(Math.max(start, row.first_byte ?? end), end);
    return { row, lane, start, answer, end, held: row.finished === null && next !== undefined };
  }

  /** @param {Row} row */
  #laneFor({ worker, started }) {
    if (worker === null || started === null) return undefined;
    while (this.#lanes.length <= worker) this.#lanes.push([]);
    return this.#lanes[worker];
  }

  /** @param {Row} row @param {Row[] | undefined} from @param {Row[] | undefined} to */
  #move(row, from, to) {
    from?.splice(from.indexOf(row), 1);
    to?.push(row);
    if (to) this.#laneOf.set(row, to);
    else this.#laneOf.delete(row);
  }
}

/** @param {Row} row  Of a lane, so it has begun. */
const begin = (row) => /** @type {number} */ (row.started);

/** Moves a row to where it belongs; it is nearly always there. @param {Row[]} lane @param {number} at */
function settle(lane, at) {
  const row = lane[at];
  let to = at;
  while (to > 0 && begin(lane[to - 1]) > begin(row)) to -= 1;
  if (to === at) while (to < lane.length - 1 && begin(lane[to + 1]) < begin(row)) to += 1;
  if (to !== at) lane.splice(to, 0, ...lane.splice(at, 1));
}

/** The index of the first that began after a moment. @param {Row[]} rows @param {number} moment */
function firstAfter(rows, moment) {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (begin(rows[middle]) > moment) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** How far a point is outside of a range. @param {number} point @param {number} from @param {number} to */
const outside = (point, from, to) => Math.max(from - point, point - to, 0);
