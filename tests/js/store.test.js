/** @import { JobEvent } from '../../static/js/model/types.js' */
import assert from 'node:assert/strict';
import test from 'node:test';
import { JobStore } from '../../static/js/model/store.js';
import { CASES, job, often, row } from './jobs.js';

/** @param {string} name  The beginning of its name. */
const story = (name) => structuredClone(CASES.filter((one) => one.name.split(':')[0] === name)[0]);

/** What a store shows, without the looks that no code has. @param {JobStore} store */
const told = ({ looks, done, completed, job }) => ({
  looks: Object.fromEntries(Object.entries(looks).filter(([, number]) => number)),
  done: done.map(({ cc }) => cc),
  numbers: [completed, job.returned],
});

/** The store after a story, and the codes that its last event has touched. @param {ReturnType<typeof story>} story */
function folded({ job, events }) {
  const store = new JobStore(job);
  /** @type {string[]} */
  let touched = [];
  store.addEventListener('changed', (event) => {
    touched = /** @type {CustomEvent<{cc: string}[]>} */ (event).detail.map(({ cc }) => cc);
  });
  for (const event of events) store.apply([event]);
  return { store, touched };
}

for (const { name } of CASES) {
  test(`the store folds as the server does: ${name}`, () => {
    const { job, events, expected } = /** @type {typeof CASES[number]} */ (structuredClone(CASES.find((one) => one.name === name)));
    const store = new JobStore(job);
    assert.ok(store.apply(events));
    for (const key of Object.keys(expected)) assert.deepEqual(store.job[/** @type {keyof typeof job} */ (key)], expected[key], key);
  });

  test(`batches, repetitions and gaps change nothing: ${name}`, () => often(50, (random) => {
    const { job, events, expected } = /** @type {typeof CASES[number]} */ (structuredClone(CASES.find((one) => one.name === name)));
    const store = new JobStore(job);
    while (store.job.seq < events.length) {
      const from = Math.floor(random() * (store.job.seq + 2)); // one more than is known: a gap
      const to = from + Math.floor(random() * 5);
      const batch = events.slice(from, to);
      const before = store.job.seq;
      const isGap = batch.length > 0 && from > before;
      assert.equal(store.apply(batch), !isGap);
      assert.equal(store.job.seq, isGap ? before : Math.max(before, batch.at(-1)?.seq ?? 0));
    }
    assert.ok(store.apply(events), 'all of them once more');
    for (const key of Object.keys(expected)) assert.deepEqual(store.job[/** @type {keyof typeof job} */ (key)], expected[key], key);
  }));
}

/** @type {[string, Record<string, number>, string[], number[], string[]][]} */
const SHOWN = [
  ['a normal run, completed in another order than submitted', { ok: 3 }, ['CN', 'FR', 'BR'], [3, 3], []],
  ['map, still running', { running: 1, held: 2 }, ['CN', 'FR'], [2, 0], ['FR']],
  ['map', { ok: 3 }, ['CN', 'FR', 'BR'], [3, 3], []],
  ['a log of version 1', { pending: 2, ok: 1 }, ['BR'], [1, 1], ['BR']],
  ['interrupted', { ok: 1, cancelled: 2 }, ['BR', 'CN', 'FR'], [1, 1], []],
];
for (const [name, looks, done, numbers, last] of SHOWN) {
  test(`what a store shows: ${name}`, () => {
    const { store, touched } = folded(story(name));
    assert.deepEqual(told(store), { looks, done, numbers });
    assert.deepEqual(touched, last);
    assert.deepEqual(told(new JobStore(store.job)), { looks, done, numbers }, 'a snapshot shows the same');
  });
}

test('nothing is held back once the job has ended', () => {
  const { events, ...rest } = story('map, still running');
  const seq = events.length + 1;
  const counts = { ok: 2, not_found: 0, error: 0, cancelled: 1 };
  const result = { detail: '', bytes: 0, attempts: 0, worker: null, sent: null, first_byte: null, received: null };
  /** @type {JobEvent[]} */
  const end = [
    { type: 'flag_done', seq, t: 0.9, cc: 'BR', status: 'cancelled', started: 0.001, finished: 0.9, ...result },
    { type: 'job_finished', seq: seq + 1, t: 1, state: 'cancelled', counts, returned: 0, elapsed: 1, detail: '' },
  ];
  const { store, touched } = folded({ ...rest, events: [...events, ...end] });
  assert.deepEqual(told(store), { looks: { ok: 2, cancelled: 1 }, done: ['CN', 'FR', 'BR'], numbers: [2, 0] });
  assert.deepEqual(touched, ['BR', 'CN', 'FR'], 'all that were held back are drawn anew');
  assert.ok(store.ended);
  assert.equal(store.job.retryable, 1);
});

test('the clock goes on between two events, and stands still while nothing is heard', () => {
  let now = 0;
  const store = new JobStore(job([], { state: 'running', ended: false, elapsed: 2 }), () => now);
  now = 3000;
  assert.equal(store.elapsed, 5);
  store.stalled = true;
  assert.equal(store.elapsed, 2);
  store.stalled = false;
  assert.equal(store.elapsed, 5);
});

test('an event of an unknown code changes no row', () => {
  /** @type {JobEvent[]} */
  const events = [{ type: 'flag_started', seq: 2, t: 1, cc: 'XX', worker: 0 }];
  const { store, touched } = folded({ name: '', expected: {}, job: job([row('BR')], { state: 'running', ended: false }), events });
  assert.equal(store.job.seq, 2);
  assert.deepEqual([store.job.items, touched], [[row('BR')], []]);
});
