/** What the parts of a job's panel show at each event. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Part } from './elements.js';
import { JobStore } from '../../static/js/model/store.js';
import { Bar } from '../../static/js/parts/job/bar.js';
import { Code } from '../../static/js/parts/job/code.js';
import { Counters } from '../../static/js/parts/job/counters.js';
import { job, row } from './jobs.js';

const CALLS = ['submitted', 'running', 'returned', 'result'];
const LOOKS = ['ok', 'not_found', 'error', 'cancelled', 'held', 'running', 'pending'];

/** Four codes on two connections, with a strategy: BB is done before AA. @param {string} strategy */
function atWork(strategy) {
  const calls = CALLS.map((call) => new Part({ call }));
  const said = CALLS.map((said) => new Part({ said }));
  const figures = LOOKS.map(() => new Part());
  const entries = LOOKS.map((status, at) => new Part({ status }, { '[data-figure]': [figures[at]] }));
  const bar = LOOKS.map((status) => new Part({ status }));
  const views = [
    new Code(new Part({}, { '[data-call]': calls, '[data-said]': said }).element),
    new Counters(new Part({}, { li: entries }).element),
    new Bar(new Part({}, { '[data-status]': bar }).element),
  ];
  const running = { state: /** @type {const} */ ('running'), ended: false, concurrency: 2, spec: { strategy } };
  const store = new JobStore(job(['AA', 'BB', 'CC', 'DD'].map((cc) => row(cc)), running));
  const hear = (/** @type {object[]} */ ...events) =>
    store.apply(events.map((event, at) => /** @type {any} */ ({ ...event, seq: store.job.seq + 1 + at })));
  hear(started('AA', 0, 0.1), started('BB', 1, 0.1), done('BB', 1, 0.2), started('CC', 1, 0.21));
  /** All that is shown now. */
  const shown = () => {
    for (const view of views) view.update(store);
    return {
      looks: store.job.items.map((row) => store.lookOf(row)),
      said: Object.fromEntries(said.map(({ dataset, textContent }) => [dataset.said, textContent])),
      active: calls.filter(({ attributes }) => attributes.has('data-active')).map(({ dataset }) => dataset.call),
      counts: Object.fromEntries(entries.flatMap(({ hidden, dataset }, at) => (hidden ? [] : [[dataset.status, figures[at].textContent]]))),
      starts: Object.fromEntries(bar.map(({ dataset, style }) => [dataset.status, style.transform])),
    };
  };
  return { store, hear, shown };
}

/** @param {string} cc @param {number} worker @param {number} t */
const started = (cc, worker, t) => ({ type: 'flag_started', t, cc, worker });

/** @param {string} cc @param {number} worker @param {number} t */
function done(cc, worker, t, status = 'not_found') {
  const { returned, ...result } = { ...row(cc), status, worker, started: 0.1, finished: t };
  return { type: 'flag_done', t, ...result };
}

/** @param {string} cc @param {number} t */
const returned = (cc, t) => ({ type: 'flag_returned', t, cc });

test('what map holds back is told, also to who comes later', () => {
  const { store, hear, shown } = atWork('map');
  for (const again of [() => {}, () => store.replace(structuredClone(store.job))]) {
    again();
    const { looks, said, active, counts, starts } = shown();
    assert.deepEqual(looks, ['running', 'held', 'running', 'pending']);
    assert.equal(said.submitted, '4 futures: 1 pending, 2 running, 1 done');
    assert.equal(said.running, '2 of 2 worker threads busy');
    assert.equal(said.returned, 'none returned yet; 1 is done and waits for AA');
    assert.deepEqual(active, ['submitted', 'running', 'returned']);
    assert.deepEqual(counts, { held: '1', running: '2', pending: '1' });
    assert.deepEqual([starts.held, starts.running, starts.pending], ['translateX(0%)', 'translateX(25%)', 'translateX(75%)']);
  }
  hear(done('AA', 0, 0.3));
  assert.equal(shown().said.returned, 'none returned yet; 2 are done and wait for AA'); // done is not returned
  hear(returned('AA', 0.31), returned('BB', 0.32));
  const { looks, said, counts } = shown();
  assert.deepEqual(looks, ['not_found', 'not_found', 'running', 'pending']);
  assert.deepEqual(counts, { not_found: '2', running: '1', pending: '1' });
  assert.equal(said.returned, '2 returned in order, the next: CC');
});

test('any strategy may hold back, and says what it returned', () => {
  const { hear, shown } = atWork('as_completed');
  assert.deepEqual(shown().counts, { held: '1', running: '2', pending: '1' });
  assert.equal(shown().said.result, '0 saved');
  hear(returned('BB', 0.22));
  const { said, counts } = shown();
  assert.deepEqual(counts, { not_found: '1', running: '2', pending: '1' });
  assert.deepEqual([said.result, said.returned], ['0 saved, 1 not found', '1 returned, the last: BB']);
});

test('after the end nothing is held back, and no call is active', () => {
  const { hear, shown } = atWork('map');
  hear({ ...done('DD', 0, 0.3, 'cancelled'), worker: null, started: null, finished: null });
  assert.deepEqual(shown().looks, ['running', 'held', 'running', 'cancelled']);
  hear(done('AA', 0, 0.3, 'cancelled'), returned('AA', 0.31));
  hear({ type: 'job_finished', t: 0.4, state: 'cancelled', elapsed: 0.4, detail: '', counts: {}, returned: 0 });
  const { looks, said, active, counts } = shown();
  assert.deepEqual(looks.slice(0, 2), ['cancelled', 'not_found']);
  assert.deepEqual(counts, { not_found: '1', cancelled: '2', running: '1' });
  assert.equal(said.returned, '1 returned in the order of submission: 0 saved, 1 cancelled');
  assert.deepEqual(active, []);
});
