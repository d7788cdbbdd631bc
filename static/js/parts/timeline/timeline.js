/** @import { Highlight } from '../../model/highlight.js' */
/** @import { Viewport } from '../../model/viewport.js' */
/** @import { JobStore } from '../../model/store.js' */
/** @import { Bar } from '../../model/lanes.js' */
/** @import { Row } from '../../model/types.js' */
/** @import { Picture } from './chart.js' */
/** @import { Point } from './gestures.js' */
/** @import { ZoomButtons } from './zoombuttons.js' */
import { parts } from '../../lib/dom.js';
import { Lanes } from '../../model/lanes.js';
import { GUTTER, HEAD_HEIGHT, axisEnd, lanesShown } from '../../model/layout.js';
import { Chart } from './chart.js';
import { Cursor } from './cursor.js';
import { Gestures } from './gestures.js';
import { STEP } from './zoombuttons.js';

const POINTER = 12; // pixels around the pointer that a tooltip leaves free

/** Which worker downloaded what, and when: a lane per worker, a bar per download, which grows while it runs. */
export class Timeline {
  #stage;
  #chart;
  #cursor;
  #highlight;
  #zoom;
  /** The lanes of the store at its last change. @type {Lanes | null} */
  #lanes = null;
  /** @type {number | null} */
  #span = null;
  /** The pointer's position. @type {Point | null} */
  #pointer = null;

  /**
   * @param {HTMLElement} root
   * @param {Map<string, string>} names
   * @param {Highlight} highlight
   * @param {ZoomButtons} zoom
   * @param {number} [mostHeight]  Of all lanes, in pixels.
   */
  constructor(root, names, highlight, zoom, mostHeight) {
    this.#stage = parts(root, 'stage').stage;
    this.#zoom = zoom;
    this.#highlight = highlight;
    this.#chart = new Chart(this.#stage, () => this.#compose(), mostHeight);
    this.#cursor = new Cursor(this.#stage, names);
    this.#listen();
    zoom.add(this);
  }

  get view() {
    return this.#chart.view;
  }

  /** Where the time axis ends, so that two timelines can share a scale; null: where the job ends. */
  set span(/** @type {number | null} */ seconds) {
    this.#span = seconds;
    this.#chart.redraw();
  }

  /** @param {JobStore} store */
  reset(store) {
    const another = store !== this.#lanes?.store;
    const cc = another ? null : this.#cursor.row?.cc;
    this.#lanes = new Lanes(store);
    this.#cursor.choose(store.job.items.find((row) => row.cc === cc) ?? null, this.#lanes);
    this.#cover(this.#lanes);
    if (another) this.#changeView((view) => view.fit());
    this.#chart.resize();
  }

  /** @param {JobStore} store @param {Set<Row>} touched */
  update(store, touched) {
    const before = this.#lanes;
    this.#lanes = before && !touched.size ? before : new Lanes(store);
    const { row } = this.#cursor;
    // Not with each update: a screen reader would speak again and again while a bar grows.
    if (this.#lanes.size !== before?.size || (row && touched.has(row))) this.#cursor.describe(this.#lanes);
    this.#chart.redraw();
  }

  #listen() {
    new Gestures(this.#chart.canvas, {
      point: (at) => this.#point(at),
      pick: (at) => this.#pick(at),
      zoom: (factor, at) => this.zoom(factor, this.#chart.inPlot(at)),
      pan: (dx, dy) => this.#changeView((view) => view.pan(dx / this.#chart.scale, dy / this.#chart.scale)),
    });
    this.#stage.addEventListener('keydown', (event) => this.#pressed(event));
    this.#stage.addEventListener('focus', () => this.#begin());
    this.#stage.addEventListener('blur', () => this.#leave());
    this.#highlight.addEventListener('changed', () => this.#chart.redraw());
    // After Esc, the tooltip stays hidden until the pointer moves.
    addEventListener('keydown', ({ key }) => key === 'Escape' && (this.#pointer = null));
  }

  /** @returns {Picture | null} */
  #compose() {
    const lanes = this.#lanes;
    if (!lanes) return null;
    this.#cover(lanes);
    this.#aim();
    return { lanes, pointed: this.#highlight.row, chosen: this.#cursor.shown };
  }

  /** @param {Lanes} lanes */
  #cover({ count, store: { ended, elapsed, job } }) {
    const used = Math.max(1, count);
    const reserved = Math.max(used, job.concurrency); // the same live and later, alone and compared
    this.#chart.view.cover(this.#span ?? axisEnd(elapsed, ended), lanesShown(used, reserved, ended), reserved);
  }

  /** @param {number} factor @param {Point} [at]  Of the plot. */
  zoom(factor, at = this.#anchor()) {
    this.#changeView((view) => view.zoom(factor, at.x, at.y));
  }

  /** Shows all of the job. */
  fit() {
    this.#changeView((view) => view.fit());
  }

  /** Shows the part of the time axis that another timeline shows. @param {Viewport} view */
  follow(view) {
    this.#show((own) => own.follow(view));
  }

  /** @param {(view: Viewport) => void} change */
  #changeView(change) {
    this.#show(change);
    this.#zoom.moved(this);
  }

  /** @param {(view: Viewport) => void} change */
  #show(change) {
    const { canvas, view } = this.#chart;
    change(view);
    canvas.classList.toggle('is-zoomed', !view.fitted);
    this.#chart.redraw();
  }

  /** The middle of the chosen bar, else of the view. @returns {Point} */
  #anchor() {
    const { view } = this.#chart;
    const bar = this.#lanes?.bar(this.#cursor.row);
    if (!bar) return { x: view.width / 2, y: view.height / 2 };
    return { x: view.x((bar.start + bar.end) / 2), y: view.y(bar.lane + 0.5) };
  }

  /** @param {Point | null} at */
  #point(at) {
    this.#pointer = at;
    if (!at) this.#leave();
    this.#chart.redraw();
  }

  /** Called in each frame: bars grow and move under a resting pointer. */
  #aim() {
    if (!this.#pointer) return;
    const row = this.#rowAt(this.#pointer);
    if (row === this.#highlight.row) return;
    const at = this.#pointer;
    if (row) this.#highlight.set(row, () => this.#placeAt(at));
    else this.#leave();
  }

  /** Highlights the chosen bar while the stage has the focus, else nothing. */
  #leave() {
    const bar = this.#lanes?.bar(this.#cursor.shown);
    if (bar) this.#highlight.set(bar.row, () => this.#placeOf(bar));
    else this.#highlight.clear();
  }

  /** @param {Point} at  Of the canvas. */
  #placeAt({ x, y }) {
    const { left, top } = this.#stage.getBoundingClientRect();
    return { x: left + x, top: top + y - POINTER, bottom: top + y + POINTER };
  }

  /** @param {Bar} bar */
  #placeOf({ lane, start, end }) {
    const { view } = this.#chart;
    const middle = Math.max(0, Math.min(view.x((start + end) / 2), view.width));
    const { scale } = this.#chart;
    const { x, top } = this.#placeAt({ x: (GUTTER + middle) * scale, y: (HEAD_HEIGHT + view.y(lane)) * scale });
    return { x, top, bottom: top + view.laneHeight * scale };
  }

  /** @param {Point} at */
  #rowAt(at) {
    const { x, y } = this.#chart.inPlot(at);
    const { view } = this.#chart;
    return (y < 0 ? this.#lanes?.returnedAt(view, x) : this.#lanes?.at(view, x, y)?.row) ?? null;
  }

  /** @param {Point} at */
  #pick(at) {
    this.#stage.focus({ preventScroll: true });
    if (this.#lanes) this.#cursor.choose(this.#rowAt(at), this.#lanes);
    this.#leave();
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const { key, ctrlKey, altKey, metaKey } = event;
    if (altKey || metaKey || (ctrlKey && key !== 'Home' && key !== 'End')) return;
    if (key === '+' || key === '=') this.zoom(STEP);
    else if (key === '-') this.zoom(1 / STEP);
    else if (key === '0') this.fit();
    else if (!this.#walk(event)) return;
    event.preventDefault();
  }

  /** @param {{key: string, ctrlKey: boolean}} event */
  #walk(event) {
    const bar = this.#lanes && this.#cursor.walk(event, this.#lanes);
    if (bar) {
      this.#pointer = null; // until the pointer moves, the keys decide what is highlighted
      this.#changeView((view) => view.reveal(bar));
      this.#leave();
    }
    return bar !== null;
  }

  /** The Tab key leads to the first download. A click chooses its own download. */
  #begin() {
    if (this.#stage.matches(':focus-visible') && !this.#cursor.row) this.#walk({ key: 'Home', ctrlKey: true });
    this.#leave();
  }
}
