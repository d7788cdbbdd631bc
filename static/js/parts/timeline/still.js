/** @import { Bar, Lanes, Returned } from '../../model/lanes.js' */
/** @import { Viewport } from '../../model/viewport.js' */
/** @import { Row } from '../../model/types.js' */
/** @import { Ink } from './boxes.js' */
import { MAIN_THREAD, tick } from '../../text/timeline.js';
import { AXIS_HEIGHT, GUTTER, HEAD_HEIGHT, MAIN_HEIGHT, multiples, numberStep, tickStep } from '../../model/layout.js';
import { crisp, drawBars, setTextStyle, within } from './boxes.js';

/** @typedef {{x: number, from: number, to: number}} Floor  The line of the floor, and where its label is on the axis. */

const TICK = 2; // pixels

/** @param {Bar} bar */
const grows = ({ look }) => look === 'running' || look === 'held';

/**
 * A picture of what doesn't change between two frames: axis, lanes, and the downloads that are done. Each frame adds
 * the newly done ones; another view starts a new picture.
 */
export class Still {
  #canvas = document.createElement('canvas');
  #context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext('2d', { alpha: false }));
  #key = '';
  /** @type {Set<Row>} */
  #drawn = new Set();
  /** The rows with a tick in the main thread. @type {Set<Row>} */
  #ticked = new Set();

  /** Starts a new picture, for another job or other colours. */
  forget() {
    this.#key = '';
  }

  /**
   * @param {Viewport} view
   * @param {Lanes} lanes
   * @param {Floor | null} floor
   * @param {Ink} ink
   * @returns {[HTMLCanvasElement, Bar[]]} the picture, and the bars in sight that aren't in it: those that grow
   */
  picture(view, lanes, floor, ink) {
    const key = [view.left, view.top, view.visible, view.width, view.laneHeight, view.lanes, view.height, ink.ratio, floor?.x].join();
    if (key !== this.#key) this.#begin(view, floor, ink);
    this.#key = key;
    const bars = lanes.inSight(view, this.#drawn);
    this.#add(bars.filter((bar) => !grows(bar)), lanes.returned.filter((row) => !this.#ticked.has(row)), view, ink);
    return [this.#canvas, bars.filter(grows)];
  }

  /** @param {Bar[]} bars @param {Returned[]} returned @param {Viewport} view @param {Ink} ink */
  #add(bars, returned, view, ink) {
    if (!bars.length && !returned.length) return; // any operation on a canvas makes the next copy of it slow
    const context = this.#context;
    within(context, view, 0, view.height, () => drawBars(context, bars, view, ink));
    within(context, view, -MAIN_HEIGHT, MAIN_HEIGHT, () => drawTicks(context, returned, view, ink));
    for (const { row } of bars) this.#drawn.add(row);
    for (const row of returned) this.#ticked.add(row);
  }

  /** @param {Viewport} view @param {Floor | null} floor @param {Ink} ink */
  #begin(view, floor, ink) {
    const context = this.#context;
    this.#drawn.clear();
    this.#ticked.clear();
    this.#canvas.width = Math.round((GUTTER + view.width) * ink.ratio); // this clears the canvas, too
    this.#canvas.height = Math.round((HEAD_HEIGHT + view.height) * ink.ratio);
    context.scale(ink.ratio, ink.ratio);
    ground(context, view, ink);
    context.translate(GUTTER, HEAD_HEIGHT);
    axis(context, view, floor, ink);
    numbers(context, view, ink);
  }
}

/** @param {CanvasRenderingContext2D} context @param {Viewport} view @param {Ink} ink */
function ground(context, view, { colours }) {
  context.fillStyle = colours.surface;
  context.fillRect(0, 0, GUTTER + view.width, HEAD_HEIGHT + view.height);
  context.fillStyle = colours.plot;
  context.fillRect(GUTTER, AXIS_HEIGHT, view.width, MAIN_HEIGHT + view.height);
}

/** @param {CanvasRenderingContext2D} context @param {Viewport} view @param {Floor | null} floor @param {Ink} ink */
function axis(context, view, floor, { colours, font, ratio }) {
  const step = tickStep(view.pixelsPerSecond);
  setTextStyle(context, font, 'left');
  for (const time of multiples(view.left, view.left + view.visible, step)) {
    const x = crisp(view.x(time), ratio);
    context.fillStyle = colours.grid;
    context.fillRect(x, -MAIN_HEIGHT - 5, 1, view.height + MAIN_HEIGHT + 5);
    const label = tick(time, step);
    context.fillStyle = colours['ink-soft'];
    const end = x + context.measureText(label).width;
    const isCovered = floor && x < floor.to && end > floor.from;
    if (end <= view.width && !isCovered) context.fillText(label, x, -MAIN_HEIGHT - AXIS_HEIGHT / 2 - 2);
  }
  context.fillStyle = colours['line-firm'];
  context.fillRect(0, -1, view.width, 1); // below it are the workers
}

/**
 * The name of the main thread, and the numbers of the workers where there is room.
 * @param {CanvasRenderingContext2D} context
 * @param {Viewport} view
 * @param {Ink} ink
 */
function numbers(context, view, { colours, font }) {
  setTextStyle(context, font, 'right');
  context.fillStyle = colours['ink-soft'];
  context.fillText(MAIN_THREAD, -7, -MAIN_HEIGHT / 2);
  const last = Math.min(view.lane(view.height), view.lanes - 1);
  for (const lane of multiples(view.lane(0), last, numberStep(view.laneHeight))) {
    const middle = view.y(lane + 0.5);
    if (middle < view.height) context.fillText(String(lane), -7, middle);
  }
}

/** A tick in the main thread for each result that it got. @param {CanvasRenderingContext2D} context @param {Returned[]} rows @param {Viewport} view @param {Ink} ink */
function drawTicks(context, rows, view, { colours, ratio }) {
  for (const { status, returned } of rows) {
    context.fillStyle = colours[status === 'not_found' ? 'not-found' : /** @type {'ok' | 'error' | 'cancelled'} */ (status)];
    context.fillRect(crisp(view.x(returned), ratio) - TICK / 2, 3 - MAIN_HEIGHT, TICK, MAIN_HEIGHT - 6);
  }
}
