/** @import { Lanes } from '../../model/lanes.js' */
/** @import { Row } from '../../model/types.js' */
import { find, oncePerFrame } from '../../lib/dom.js';
import { PROJECTOR, isProjected } from '../../lib/projector.js';
import { GUTTER, HEAD_HEIGHT, MOST_HEIGHT, TALLEST_LANE } from '../../model/layout.js';
import { Viewport } from '../../model/viewport.js';
import { Painter } from './painter.js';
import { onThemeChange } from './palette.js';

/**
 * @typedef {object} Picture  What to draw.
 * @property {Lanes} lanes
 * @property {Row | null} pointed
 * @property {Row | null} chosen
 */

/** The font size (pixels) that the timeline is made for. */
const USUAL_LETTERS = 16;
/** The part of the window's height that a projected timeline may take. */
const PROJECTED = 0.6;
const TALLEST_PROJECTED = 48;
const stillness = matchMedia('(prefers-reduced-motion: reduce)');

/** The canvas with its size, theme and viewport. It is drawn when something has changed, and only in sight. */
export class Chart {
  view = new Viewport();
  /** The width after the last layout: measuring it would force another layout. */
  #width = 0;
  /** How much larger letters are than usual; everything is drawn larger by this factor. */
  scale = 1;
  #mostHeight;
  #compose;
  #painter;
  #onScreen = false;
  /** How far the last frame drew, up to the present, in pixels; NaN forces a new drawing. */
  #drawnUpTo = NaN;
  #nextFrame = oncePerFrame(() => this.#frame());

  /**
   * @param {HTMLElement} stage  Around the canvas.
   * @param {() => Picture | null} compose  Called at the beginning of each frame.
   * @param {number} [mostHeight]  Of all lanes, in pixels.
   */
  constructor(stage, compose, mostHeight = MOST_HEIGHT) {
    this.#mostHeight = this.view.mostHeight = mostHeight;
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
    addEventListener(PROJECTOR, () => this.resize());
    // Out of sight, nothing is drawn. With the margin, the canvas is drawn shortly before it comes into sight.
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

  /** Fits the width of the stage and the height of the lanes. */
  resize() {
    this.scale = parseFloat(getComputedStyle(document.documentElement).fontSize) / USUAL_LETTERS;
    const alone = this.#mostHeight === MOST_HEIGHT;
    this.view.mostHeight = isProjected() && alone ? (innerHeight * PROJECTED) / this.scale : this.#mostHeight;
    this.view.tallest = isProjected() ? TALLEST_PROJECTED : TALLEST_LANE;
    this.view.resize(this.#width / this.scale - GUTTER);
    this.canvas.style.height = `${(HEAD_HEIGHT + this.view.height) * this.scale}px`;
    this.#drawnUpTo = NaN;
    this.#painter.clear();
    this.#frame(); // at once: a resized canvas stretches the old picture
  }

  /** @param {{x: number, y: number}} at  Of the canvas. @returns the point of the plot */
  inPlot({ x, y }) {
    return { x: x / this.scale - GUTTER, y: y / this.scale - HEAD_HEIGHT };
  }

  #frame() {
    const picture = this.#onScreen && this.#compose();
    if (!picture) return;
    const { view } = this;
    const { elapsed, job } = picture.lanes.store;
    const now = Math.round(Math.min(view.x(elapsed), view.width) * devicePixelRatio);
    if (now !== this.#drawnUpTo) this.#painter.draw(view, picture, this.scale);
    this.#drawnUpTo = now;
    if (job.state === 'running' && !stillness.matches) this.#nextFrame();
  }
}
