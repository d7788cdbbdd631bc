/** A tap may move at most this far (pixels). */
const SLIP = 4;
/** Limits the zoom of one wheel event; a pinch on a touchpad is many small events. */
const MOST_TURN = 25;
const LINE = 16;

/**
 * @typedef {{x: number, y: number}} Point  Pixels from the canvas's corner.
 *
 * @typedef {object} Acts
 * @property {(at: Point | null) => void} point  null when the pointer has left.
 * @property {(at: Point) => void} pick  A click or tap.
 * @property {(factor: number, at: Point) => void} zoom
 * @property {(dx: number, dy: number) => void} pan
 */

/**
 * Mouse, wheel and fingers on the canvas. Gestures that scroll the page are left to the browser: a wheel zooms with
 * Ctrl and pans with Shift; one finger pans along the time, two pan and zoom.
 */
export class Gestures {
  #canvas;
  #acts;
  /** Where each pressed pointer is. @type {Map<number, Point>} */
  #pressed = new Map();
  #moved = 0;

  /** @param {HTMLCanvasElement} canvas @param {Acts} acts */
  constructor(canvas, acts) {
    this.#canvas = canvas;
    this.#acts = acts;
    canvas.addEventListener('pointerdown', (event) => this.#down(event));
    canvas.addEventListener('pointermove', (event) => this.#move(event));
    canvas.addEventListener('pointerup', (event) => this.#up(event));
    canvas.addEventListener('pointercancel', (event) => this.#pressed.delete(event.pointerId));
    canvas.addEventListener('pointerleave', () => acts.point(null));
    canvas.addEventListener('dblclick', (event) => acts.zoom(2, this.#at(event)));
    canvas.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (event.button !== 0) return;
    if (!this.#pressed.size) this.#moved = 0;
    this.#pressed.set(event.pointerId, this.#at(event));
    this.#canvas.setPointerCapture(event.pointerId);
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const at = this.#at(event);
    const before = this.#pressed.get(event.pointerId);
    if (before) this.#drag(event, before, at);
    else if (event.pointerType === 'mouse') this.#acts.point(at);
  }

  /** @param {PointerEvent} event @param {Point} before @param {Point} at */
  #drag({ pointerId, pointerType }, before, at) {
    const other = [...this.#pressed].find(([id]) => id !== pointerId)?.[1];
    const [dx, dy] = [at.x - before.x, at.y - before.y];
    this.#moved += Math.abs(dx) + Math.abs(dy);
    this.#pressed.set(pointerId, at);
    if (other) {
      // The middle between two fingers moves by half as much as one of them.
      this.#acts.pan(dx / 2, dy / 2);
      this.#acts.zoom(distance(at, other) / distance(before, other), middle(at, other));
    } else if (this.#moved > SLIP) this.#acts.pan(dx, pointerType === 'mouse' ? dy : 0);
  }

  /** @param {PointerEvent} event */
  #up(event) {
    const ours = this.#pressed.delete(event.pointerId);
    if (ours && this.#moved <= SLIP) this.#acts.pick(this.#at(event));
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : LINE;
    if (event.ctrlKey || event.metaKey) {
      const turn = Math.max(-MOST_TURN, Math.min(event.deltaY * unit, MOST_TURN));
      this.#acts.zoom(Math.exp(-turn / 100), this.#at(event));
    } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      this.#acts.pan(-(event.deltaX || event.deltaY) * unit, 0);
    } else return;
    event.preventDefault();
  }

  /** @param {MouseEvent} event @returns {Point} */
  #at({ clientX, clientY }) {
    const { left, top } = this.#canvas.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }
}

/** @param {Point} one @param {Point} two */
const distance = (one, two) => Math.max(1, Math.hypot(one.x - two.x, one.y - two.y));

/** @param {Point} one @param {Point} two */
const middle = (one, two) => ({ x: (one.x + two.x) / 2, y: (one.y + two.y) / 2 });
