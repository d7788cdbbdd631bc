/** @import { Row } from '../../static/js/model/types.js' */
/** What the timeline's canvas shows, and how it grows while a job runs. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { page } from './elements.js';
import { Lanes } from '../../static/js/model/lanes.js';
import { GUTTER, HEAD_HEIGHT, MAIN_HEIGHT, axisEnd, gapBelow } from '../../static/js/model/layout.js';
import { JobStore } from '../../static/js/model/store.js';
import { Viewport } from '../../static/js/model/viewport.js';
import { Painter } from '../../static/js/parts/timeline/painter.js';
import { job, row, saved } from './jobs.js';

/** Notes the filled rectangles, with the names of their colours. Other shapes are not drawn. */
class Canvas {
  width = 0;
  height = 0;
  style = { color: '' };
  fillStyle = '';
  /** @type {{colour: string, x: number, y: number, width: number, height: number}[]} */
  filled = [];
  #origin = [0, 0];
  /** @type {number[][]} */
  #origins = [];

  getContext() {
    const drawn = /** @type {(keyof Canvas)[]} */ (['fillRect', 'translate', 'save', 'restore', 'drawImage', 'measureText']);
    const known = Object.fromEntries(drawn.map((name) => [name, /** @type {any} */ (this[name]).bind(this)]));
    return new Proxy(this, { get: (canvas, name) => known[String(name)] ?? Reflect.get(canvas, name, canvas) ?? (() => {}) });
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  fillRect(x, y, width, height) {
    this.filled.push({ colour: this.fillStyle, x: x + this.#origin[0], y: y + this.#origin[1], width, height });
  }

  /** @param {number} x @param {number} y */
  translate(x, y) {
    this.#origin = [x, y];
  }

  save() {
    this.#origins.push(this.#origin);
  }

  restore() {
    this.#origin = this.#origins.pop() ?? [0, 0];
  }

  /** @param {Canvas} other */
  drawImage(other) {
    this.filled = [...other.filled];
  }

  /** @param {string} text */
  measureText(text) {
    return { width: 8 * text.length };
  }

  /** The colour of a pixel. @param {number} x @param {number} y */
  at(x, y) {
    return this.filled.filter((one) => one.x <= x && x < one.x + one.width && one.y <= y && y < one.y + one.height).at(-1)?.colour;
  }
}

// The painter makes a second canvas for what does not change.
Object.assign(page, { createElement: () => new Canvas() });
Object.assign(globalThis, {
  devicePixelRatio: 1,
  getComputedStyle: (/** @type {Canvas} */ { style }) => ({
    get color() {
      return style.color.slice('var(--'.length, -1);
    },
  }),
});

/** @param {Row[]} items @param {Parameters<typeof job>[1]} known @param {() => number} [now]  Milliseconds. @param {number} [span]  Seconds. */
function painted(items, known, now = () => 0, span = 0) {
  const store = new JobStore(job(items, known), now);
  const shown = new Canvas();
  const painter = new Painter(/** @type {any} */ (shown));
  const view = new Viewport();
  view.cover(span || axisEnd(store.elapsed, store.ended), store.job.concurrency, store.job.concurrency);
  view.resize(1000);
  const draw = () => painter.draw(view, { lanes: new Lanes(store), pointed: null, chosen: null }, 1);
  /** The colour in a lane at a second, at a `part` of its height: by default in its bars. @param {number} lane @param {number} second */
  const look = (lane, second, part = 0.7) => shown.at(GUTTER + view.x(second), HEAD_HEIGHT + view.y(lane + part));
  const gap = 1 - gapBelow(view.laneHeight) / view.laneHeight / 2;
  /** The colours in the main thread's line. @param {number} second */
  const main = (second) => shown.at(GUTTER + view.x(second), HEAD_HEIGHT - MAIN_HEIGHT / 2);
  draw();
  return { store, view, shown, draw, look, main, gap };
}

test('each phase looks different, and without a fact there is no part', () => {
  const { look, main, view, shown, gap } = painted([
    saved('BR', 0, 2, { sent: 0.1, first_byte: 1, received: 1.5, returned: 3.5 }),
    saved('FR', 2.2, 3.2, { sent: 2.5, first_byte: 3, received: 3.1, returned: 3.6 }),
    row('XX', { status: 'not_found', worker: 1, started: 0, sent: 0.5, first_byte: 1, received: 1.5, finished: 2, returned: 2 }),
    row('JP', { status: 'error', worker: 1, started: 2, sent: 2.1, first_byte: 2.5, finished: 3, returned: 3 }),
    saved('IN', 0, 2, { worker: 2, sent: 0.5, first_byte: 1, received: 1.5, returned: null }),
  ], { elapsed: 4, concurrency: 3 });
  assert.deepEqual([0.05, 0.6, 1.2, 1.9].map((second) => look(0, second)), ['connecting', 'ok-waiting', 'ok', 'ok-saving']);
  assert.deepEqual([0.2, 0.7, 1.2, 1.9].map((second) => look(1, second)), ['connecting', 'not-found-waiting', 'not-found', 'not-found-saving']);
  assert.equal(look(0, 1.9, 0.1), 'plot', 'checking and saving is lower');
  assert.equal(look(1, 2.9), 'error', 'it broke off: nothing of it was checked');
  assert.deepEqual([2.1, 3.4, 3.8].map((second) => look(0, second, gap)), ['held', 'held', 'plot'], 'under its lane, and under the next bar');
  assert.equal(look(2, 2.4, gap), 'plot', 'it was given up unreturned');
  assert.deepEqual([2, 3, 3.5, 3.8].map(main), ['not-found', 'error', 'ok', 'plot']);
  // All downloads take 8 s in 3 lanes: no schedule takes less than 2.67 s.
  const dashes = shown.filled.filter(({ colour, x, width }) => colour === 'ink' && Math.abs(x + width / 2 - GUTTER - view.x(8 / 3)) < 2);
  assert.ok(dashes.length > view.height / 7);
});

test('bars and tails grow while the job runs, and a tail stays', () => {
  let now = 0;
  const items = [saved('BR', 0, 1, { first_byte: 0.5, returned: null }), row('FR', { status: 'running', worker: 1, started: 0 })];
  const { store, draw, look, gap } = painted(items, { state: 'running', ended: false, elapsed: 2, concurrency: 2 }, () => now, 60);
  const seconds = [1.5, 6, 11, 49, 52];
  const tail = () => seconds.map((second) => look(0, second, gap) === 'held');
  const bar = () => seconds.map((second) => look(1, second) === 'running');
  for (const expected of [[true, false, false, false, false], [true, true, false, false, false], [true, true, true, false, false]]) {
    draw();
    assert.deepEqual([tail(), bar()], [expected, expected]);
    now += 5000;
  }
  store.apply([/** @type {any} */ ({ type: 'flag_returned', seq: 2, t: 50, cc: 'BR' })]);
  for (const _ of [1, 2]) {
    draw();
    assert.deepEqual(tail(), [true, true, true, true, false]);
    store.apply([/** @type {any} */ ({ type: 'job_finished', seq: 3, t: 55, state: 'finished', counts: {}, returned: 1, elapsed: 55, detail: '' })]);
  }
});
