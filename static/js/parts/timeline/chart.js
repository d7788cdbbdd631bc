/** @import { Lanes } from '../../model/lanes.js' */
/** @import { Row } from '../../model/types.js' */
import { find, oncePerFrame } from '../../lib/dom.js';
import { AXIS_HEIGHT, Viewport } from '../../model/layout.js';
import { Painter } from './painter.js';
import { onThemeChange } from './palette.js';

/**
 * @typedef {object} Picture  What is to be drawn.
 * @property {Lanes} lanes
 * @property {Row | null} pointed
 * @property {Row | null} chosen
 */

const stillness = matchMedia('(prefers-reduced-motion: reduce)');

/**
 * The canvas: keeps its size, its theme, and what is in sight of the job, and draws when there is
 * something new to see and somebody who sees it.
 */
export class Chart {
  view = new Viewport();
  /** As the last layout found it: who asks in between causes one more. */
  #width = 0;
  #compose;
  #painter;
  #onScreen = false;
  /** What the last frame showed as now, in pixels; NaN where another must be drawn anyway. */
  #drawnUpTo = NaN;
  #nextFrame = oncePerFrame(() => this.#frame());

  /**
   * @param {HTMLElement} stage  Around the canvas.
   * @param {() => Picture | null} compose  Called at the beginning of each frame.
   */
  constructor(stage, compose) {
    this.canvas = find(stage, 'canvas', HTMLCanvasElement);
    this.#compose = compose;
    this.#painter = new Painter(this.canvas);
    onThemeChange(() => {
      this.#painter.restyle();
      this.redraw();
    });
    new ResizeObserver(([{ contentRect }]) => {
      this.#width = contentRect.width;
      this.resize();
    }).observe(stage);
    // A drawing that nobody sees would only take time from the rest. Before it comes into sight it is there.
    const nearby = { rootMargin: '50%' };
    new IntersectionObserver((entries) => {
      this.#onScreen = entries[entries.length - 1].isIntersecting;
      this.redraw();
    }, nearby).observe(stage);
  }

  redraw() {
    this.#drawnUpTo = NaN;
    this.#nextFrame();
  }

  /** Takes the width that there is, and the height that the lanes need. */
  resize() {
    this.view.resize(this.#width - this.view.gutter);
    this.canvas.style.height = `${AXIS_HEIGHT + this.view.height}px`;
    this.#drawnUpTo = NaN;
    this.#painter.clear();
    this.#frame(); // at once, for a canvas of another size shows the old picture stretched
  }

  /** @param {{x: number, y: number}} at  Of the canvas. @returns the point of the plot */
  inPlot({ x, y }) {
    return { x: x - this.view.gutter, y: y - AXIS_HEIGHT };
  }

  #frame() {
    const picture = this.#onScreen && this.#compose();
    if (!picture) return;
    const { view } = this;
    const { elapsed, job } = picture.lanes.store;
    const now = Math.round(Math.min(view.x(elapsed), view.width) * devicePixelRatio);
    if (now !== this.#drawnUpTo) this.#painter.draw(view, picture);
    this.#drawnUpTo = now;
    if (job.state === 'running' && !stillness.matches) this.#nextFrame();
  }
}
