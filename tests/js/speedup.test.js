import assert from 'node:assert/strict';
import test from 'node:test';
import { speedup } from '../../static/js/model/speedup.js';
import { job, often, row, saved } from './jobs.js';

test('nothing was downloaded', () => {
  assert.deepEqual(speedup(job([row('AA')])), { sum: 0, wall: 0, ratio: null, floor: 0, waiting: null });
});

test('shared among two connections, neither can be idle', () => {
  const rows = [saved('AA', 0, 1), saved('BB', 0, 2), saved('CC', 1, 2)];
  assert.deepEqual(speedup(job(rows, { concurrency: 2, elapsed: 2.5 })), { sum: 4, wall: 2.5, ratio: 1.6, floor: 2, waiting: null });
});

test('the longest download can’t be shared out', () => {
  const rows = [saved('AA', 0, 1), saved('BB', 0, 3)];
  assert.equal(speedup(job(rows, { concurrency: 2, elapsed: 3 })).floor, 3);
});

test('without a download there is no gain', () => {
  assert.deepEqual(speedup(job([], { concurrency: 0, elapsed: 0 })), { sum: 0, wall: 0, ratio: null, floor: 0, waiting: null });
});

test('waiting is all up to the last byte, as far as it is known', () => {
  const rows = [saved('AA', 1, 3, { received: 2.5 }), saved('BB', 0, 2, { received: 1.5 }), saved('CC', 0, 9)];
  assert.equal(speedup(job(rows, { elapsed: 9 })).waiting, 3 / 4);
});

test('what never began takes nothing, what is held back is done', () => {
  const rows = [saved('AA', 0, 1), row('CC', { status: 'cancelled' }), saved('DD', 0, 1, { returned: null })];
  assert.equal(speedup(job(rows)).sum, 2);
});

test('no schedule beats the floor, whatever the downloads take', () => often(200, (random) => {
  // Each download is taken by the connection that is free first.
  const free = Array.from({ length: 1 + Math.floor(random() * 5) }, () => 0);
  const rows = Array.from({ length: 1 + Math.floor(random() * 20) }, (_, at) => {
    const worker = free.indexOf(Math.min(...free));
    const started = free[worker];
    free[worker] += random();
    return saved(String(at), started, free[worker]);
  });
  const wall = Math.max(...free);
  const { floor, ratio } = speedup(job(rows, { concurrency: free.length, elapsed: wall }));
  assert.ok(floor <= wall * (1 + 1e-9));
  assert.ok(Number(ratio) <= free.length * (1 + 1e-9) && Number(ratio) >= 1 - 1e-9);
  assert.ok(floor > wall / 2); // list scheduling is never twice as slow
}));
