/** @import { Bar } from './lanes.js' */
import { MOST_HEIGHT, TALLEST_LANE, fittingLane } from './layout.js';

/** Zooming makes lanes at most this tall: then their codes are readable. */
const READABLE_LANE = 18;
const NARROWEST_BAR = 2;
/** Then a microsecond is one pixel wide: event times are not finer. */
const MOST_PIXELS_PER_SECOND = 1_000_000;

/**
 * The part of the job in sight: a window on seconds × lanes. Zooming makes seconds wider, and lanes taller until
 * their codes are readable.
 */
export class Viewport {
  /** The maximum height of all lanes together. */
  mostHeight = MOST_HEIGHT;
  /** The maximum height of one lane. */
  tallest = TALLEST_LANE;
  /** Without the gutter. */
  width = 1;
  lanes = 1;
  /** Lanes to reserve room for: nothing moves when they appear. */
  reserved = 1;
  /** Seconds of the whole axis. */
  span = 1;
  /** The first second in sight. */
  left = 0;
  /** Pixels of lanes above those in sight. */
  top = 0;
  #magnification = 1;
  /** Seconds in sight at magnification 1. */
  #base = 1;
  /** Whether all of the job stays in sight while it grows. */
  fitted = true;

  get height() {
    return this.reserved * fittingLane(this.reserved, this.mostHeight, this.tallest);
  }

  get laneHeight() {
    const fitting = fittingLane(this.lanes, this.height, this.tallest);
    return Math.min(Math.max(READABLE_LANE, fitting), fitting * Math.max(1, this.#magnification));
  }

  /** Seconds in sight. */
  get visible() {
    return this.fitted ? this.span : this.#base / this.#magnification;
  }

  get pixelsPerSecond() {
    return this.width / this.visible;
  }

  /** @param {number} time */
  x(time) {
    return (time - this.left) * this.pixelsPerSecond;
  }

  /** @param {number} x */
  time(x) {
    return this.left + x / this.pixelsPerSecond;
  }

  /** @param {number} lane */
  y(lane) {
    return lane * this.laneHeight - this.top;
  }

  /** A fraction is a position within the lane. @param {number} y */
  lane(y) {
    return (y + this.top) / this.laneHeight;
  }

  /** The horizontal extent of a bar, at least two pixels. @param {Bar} bar */
  extent({ start, end }) {
    const x = this.x(start);
    return /** @type {const} */ ([x, Math.max(this.x(end), x + NARROWEST_BAR)]);
  }

  /**
   * Sets the size of the job. If the view isn't fitted, the part in sight stays the same.
   * @param {number} span
   * @param {number} lanes
   * @param {number} reserved
   */
  cover(span, lanes, reserved) {
    this.span = span;
    this.lanes = lanes;
    this.reserved = reserved;
    if (this.fitted) this.#base = span;
    this.#clamp();
  }

  /** @param {number} width */
  resize(width) {
    this.width = Math.max(1, width);
    this.#clamp();
  }

  fit() {
    this.fitted = true;
    this.#magnification = 1;
    this.#base = this.span;
    this.#clamp();
  }

  /**
   * Zooms; the point (x, y) stays in place.
   * @param {number} factor  Above 1 magnifies.
   * @param {number} x
   * @param {number} y
   */
  zoom(factor, x, y) {
    const time = this.time(x);
    const lane = this.lane(y);
    const most = Math.max(1, (this.#base * MOST_PIXELS_PER_SECOND) / this.width);
    const magnification = Math.min(this.#magnification * factor, most);
    if (magnification <= this.#base / this.span) return this.fit();
    this.#magnification = magnification;
    this.fitted = false;
    this.left = time - x / this.pixelsPerSecond;
    this.top = lane * this.laneHeight - y;
    this.#clamp();
  }

  /** Shows the same seconds as another window on an axis of the same span. @param {Viewport} other */
  follow(other) {
    this.fitted = other.fitted;
    this.#magnification = other.#magnification;
    this.#base = other.#base;
    this.left = other.left;
    this.#clamp();
  }

  /** Moves along with a pointer. @param {number} dx @param {number} dy */
  pan(dx, dy) {
    this.left -= dx / this.pixelsPerSecond;
    this.top -= dy;
    this.#clamp();
  }

  /** Moves as little as possible to bring a bar into sight. @param {Bar} bar */
  reveal({ lane, start, end }) {
    const margin = this.visible / 20;
    this.left = Math.min(Math.max(this.left, end + margin - this.visible), start - margin);
    this.top = Math.min(Math.max(this.top, (lane + 1) * this.laneHeight - this.height), lane * this.laneHeight);
    this.#clamp();
  }

  #clamp() {
    this.left = Math.max(0, Math.min(this.left, this.span - this.visible));
    this.top = Math.max(0, Math.min(this.top, this.lanes * this.laneHeight - this.height));
  }
}
