/** @import { Bar } from '../../model/lanes.js' */
/** @import { Viewport } from '../../model/viewport.js' */
/** @import { Row } from '../../model/types.js' */
/** @import { Ink } from './boxes.js' */
/** @import { Picture } from './chart.js' */
/** @import { Floor } from './still.js' */
import { AXIS_HEIGHT, GUTTER, HEAD_HEIGHT, MAIN_HEIGHT } from '../../model/layout.js';
import { figures } from '../../model/figures.js';
import { FLOOR } from '../../text/timeline.js';
import { boxOf, crisp, drawBars, setTextStyle, within } from './boxes.js';
import { readPalette } from './palette.js';
import { Still } from './still.js';

const TEXT_SIZE = 11;
const THUMB = 4;

/** Draws the timeline on its canvas. */
export class Painter {
  #canvas;
  #context;
  #still = new Still();
  /** @type {Ink} */
  #ink;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.#canvas = canvas;
    this.#context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { alpha: false }));
    this.#ink = this.#readInk();
  }

  /** Reads the colours again. */
  restyle() {
    this.#ink = this.#readInk();
    this.#still.forget();
  }

  /**
   * Paints the background: an opaque canvas is black until something is drawn, e.g. if the page is printed before the
   * canvas was in sight.
   */
  clear() {
    this.#still.forget();
    this.#context.fillStyle = this.#ink.colours.plot;
    this.#context.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
  }

  /** @param {Viewport} view @param {Picture} picture @param {number} scale */
  draw(view, picture, scale) {
    const context = this.#context;
    const { lanes, pointed, chosen } = picture;
    const { elapsed, job } = lanes.store;
    this.#ink.ratio = devicePixelRatio * scale;
    const floor = job.ended ? this.#floorOf(view, figures(job).floor) : null;
    const [still, growing] = this.#still.picture(view, lanes, floor, this.#ink);
    this.#show(still);
    context.save();
    this.#enterPlot();
    if (floor) this.#floor(view, floor);
    this.#tick(view, pointed);
    within(context, view, 0, view.height, () => {
      drawBars(context, growing, view, this.#ink);
      if (job.state === 'running') this.#now(view, elapsed);
      this.#ring(view, lanes.bar(chosen), 'focus', 3);
      this.#ring(view, lanes.bar(pointed), 'ink', 1.5);
      this.#thumbs(view);
    });
    context.restore();
  }

  /** @returns {Ink} */
  #readInk() {
    const { fontFamily } = getComputedStyle(this.#canvas);
    return { colours: readPalette(this.#canvas), font: `${TEXT_SIZE}px ${fontFamily}`, ratio: devicePixelRatio };
  }

  /** @param {HTMLCanvasElement} still */
  #show(still) {
    // Setting the size reallocates the canvas, even to the same size.
    if (this.#canvas.width !== still.width) this.#canvas.width = still.width;
    if (this.#canvas.height !== still.height) this.#canvas.height = still.height;
    this.#context.drawImage(still, 0, 0);
  }

  /** Moves the origin to where the lanes begin. */
  #enterPlot() {
    this.#context.scale(this.#ink.ratio, this.#ink.ratio);
    this.#context.translate(GUTTER, HEAD_HEIGHT);
  }

  /** Where the line of the floor is, and its label; null out of sight. @param {Viewport} view @param {number | null} floor  Seconds. @returns {Floor | null} */
  #floorOf(view, floor) {
    if (floor === null) return null;
    const x = crisp(view.x(floor), this.#ink.ratio);
    if (x < 0 || x > view.width) return null;
    setTextStyle(this.#context, `600 ${this.#ink.font}`, 'center');
    const width = this.#context.measureText(FLOOR).width + 8;
    const from = Math.max(0, Math.min(x - width / 2, view.width - width));
    return { x, from, to: from + width };
  }

  /** No schedule of these downloads ends left of this line. @param {Viewport} view @param {Floor} floor */
  #floor(view, { x, from, to }) {
    const context = this.#context;
    setTextStyle(context, `600 ${this.#ink.font}`, 'center');
    context.fillStyle = this.#ink.colours.ink;
    context.fillText(FLOOR, (from + to) / 2, -MAIN_HEIGHT - AXIS_HEIGHT / 2 - 2);
    for (let y = -MAIN_HEIGHT - 5; y < view.height; y += 6) context.fillRect(x - 1, y, 2, 3);
  }

  /** The tick of the row that is pointed at. @param {Viewport} view @param {Row | null} row */
  #tick(view, row) {
    if (!row || row.returned === null) return;
    const x = view.x(row.returned);
    if (x < 0 || x > view.width) return;
    this.#context.fillStyle = this.#ink.colours.ink;
    this.#context.fillRect(crisp(x, this.#ink.ratio) - 2, -MAIN_HEIGHT, 4, MAIN_HEIGHT - 1);
  }

  /** @param {Viewport} view @param {number} elapsed */
  #now(view, elapsed) {
    this.#context.fillStyle = this.#ink.colours.now;
    this.#context.fillRect(crisp(view.x(elapsed), this.#ink.ratio), 0, 1, view.height);
  }

  /** @param {Viewport} view @param {Bar | null} bar @param {'focus' | 'ink'} colour @param {number} width */
  #ring(view, bar, colour, width) {
    if (!bar) return;
    const context = this.#context;
    const { x, y, right, height } = boxOf(bar, view, this.#ink.ratio);
    const away = width / 2 + 1;
    context.strokeStyle = this.#ink.colours[colour];
    context.lineWidth = width;
    context.beginPath();
    context.roundRect(x - away, y - away, right - x + 2 * away, height + 2 * away, 3);
    context.stroke();
  }

  /** Scroll bars: which part is in sight. @param {Viewport} view */
  #thumbs(view) {
    const context = this.#context;
    const { width, height } = view;
    const share = { x: view.visible / view.span, y: height / Math.max(view.lanes * view.laneHeight, height) };
    context.fillStyle = this.#ink.colours.thumb;
    context.beginPath();
    if (share.x < 0.999) context.roundRect((view.left / view.span) * width, height - THUMB, Math.max(share.x * width, 3 * THUMB), THUMB, 2);
    if (share.y < 0.999) context.roundRect(width - THUMB, view.top * share.y, THUMB, share.y * height, 2);
    context.fill();
  }
}
