/** @import { Bar } from '../../model/lanes.js' */
/** @import { Viewport } from '../../model/layout.js' */
/** @import { Row } from '../../model/types.js' */
/** @import { Ink } from './boxes.js' */
import { tick } from '../../text/timeline.js';
import { AXIS_HEIGHT, multiples, numberStep, tickStep } from '../../model/layout.js';
import { crisp, drawBars, setTextStyle } from './boxes.js';

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

  /** Starts a new picture, for another job or other colours. */
  forget() {
    this.#key = '';
  }

  /** @param {Viewport} view @param {Bar[]} settled  Those in sight. @param {Ink} ink */
  picture(view, settled, ink) {
    const key = [view.left, view.top, view.visible, view.width, view.laneHeight, view.lanes, view.height, ink.ratio].join();
    if (key !== this.#key) this.#begin(view, ink);
    this.#key = key;
    const fresh = settled.filter(({ row }) => !this.#drawn.has(row));
    drawBars(this.#context, fresh, view, ink);
    for (const { row } of fresh) this.#drawn.add(row);
    return this.#canvas;
  }

  /** @param {Viewport} view @param {Ink} ink */
  #begin(view, ink) {
    const context = this.#context;
    this.#drawn.clear();
    this.#canvas.width = Math.round((view.gutter + view.width) * ink.ratio); // this clears the canvas, too
    this.#canvas.height = Math.round((AXIS_HEIGHT + view.height) * ink.ratio);
    context.scale(ink.ratio, ink.ratio);
    ground(context, view, ink);
    context.translate(view.gutter, AXIS_HEIGHT);
    axis(context, view, ink);
    numbers(context, view, ink);
    context.beginPath();
    context.rect(0, 0, view.width, view.height);
    context.clip();
  }
}

/** @param {CanvasRenderingContext2D} context @param {Viewport} view @param {Ink} ink */
function ground(context, view, { colours }) {
  context.fillStyle = colours.surface;
  context.fillRect(0, 0, view.gutter + view.width, AXIS_HEIGHT + view.height);
  context.fillStyle = colours.plot;
  context.fillRect(view.gutter, AXIS_HEIGHT, view.width, view.height);
}

/** @param {CanvasRenderingContext2D} context @param {Viewport} view @param {Ink} ink */
function axis(context, view, { colours, font, ratio }) {
  const step = tickStep(view.pixelsPerSecond);
  setTextStyle(context, font, 'left');
  for (const time of multiples(view.left, view.left + view.visible, step)) {
    const x = crisp(view.x(time), ratio);
    context.fillStyle = colours.grid;
    context.fillRect(x, -5, 1, view.height + 5);
    const label = tick(time, step);
    context.fillStyle = colours['ink-soft'];
    if (x + context.measureText(label).width <= view.width) context.fillText(label, x, -AXIS_HEIGHT / 2 - 2);
  }
}

/**
 * The numbers of the workers, where there is room.
 * @param {CanvasRenderingContext2D} context
 * @param {Viewport} view
 * @param {Ink} ink
 */
function numbers(context, view, { colours, font }) {
  setTextStyle(context, font, 'right');
  context.fillStyle = colours['ink-soft'];
  const last = Math.min(view.lane(view.height), view.lanes - 1);
  for (const lane of multiples(view.lane(0), last, numberStep(view.laneHeight))) {
    const middle = view.y(lane + 0.5);
    if (middle < view.height) context.fillText(String(lane), -7, middle);
  }
}
