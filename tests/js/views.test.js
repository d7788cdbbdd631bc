/** The views of a job are drawn at its events, once in a frame, and as time goes on. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { JobStore } from '../../static/js/model/store.js';
import { Views } from '../../static/js/parts/job/views.js';
import { CASES } from './jobs.js';

/** @type {(() => void)[]} */
let frames = [];
let tick = () => {};
const requestAnimationFrame = (/** @type {() => void} */ draw) => frames.push(draw);
const setInterval = (/** @type {() => void} */ act) => (tick = act);
Object.assign(globalThis, { requestAnimationFrame, setInterval });

/** Draws the next frame. */
function frame() {
  const due = frames;
  frames = [];
  for (const draw of due) draw();
}

/** Notes what it is told. */
class View {
  resets = 0;
  /** The codes that were touched, at each update. @type {string[]} */
  updates = [];
  reset = () => void (this.resets += 1);
  /** @param {JobStore} _store @param {Set<{cc: string}>} touched */
  update = (_store, touched) => void this.updates.push([...touched].map(({ cc }) => cc).join());
}

test('views are updated once in a frame, and in time while the job runs', () => {
  const { job, events } = structuredClone(CASES[0]);
  const store = new JobStore(job);
  const [view, later] = [new View(), new View()];
  const views = new Views([view]);
  views.show(store);
  assert.deepEqual([view.resets, view.updates], [1, ['']]);
  for (const event of events.slice(0, -1)) store.apply([event]);
  assert.equal(view.updates.length, 1);
  frame();
  assert.deepEqual(view.updates.at(-1)?.split(',').sort(), store.job.items.map(({ cc }) => cc).sort());
  tick();
  frame();
  assert.deepEqual([view.updates.length, view.updates.at(-1)], [3, '']);
  views.add(later);
  frame();
  assert.deepEqual([later.resets, later.updates], [1, ['']]);
  store.apply(events.slice(-1));
  frame();
  tick();
  frame();
  assert.equal(later.updates.length, 2, 'nothing changes after the end');
  views.show(new JobStore(structuredClone(CASES[0].job)));
  store.replace(store.job);
  assert.equal(view.resets, 2, 'it shows another job');
});
