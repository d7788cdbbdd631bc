import assert from 'node:assert/strict';
import test from 'node:test';
import { speedup } from '../../static/js/model/speedup.js';
import { job, often, row, saved } from './jobs.js';

test('nothing has happened yet', () => {
  assert.deepEqual(speedup(job([row('AA')])), { sum: 0, wall: 0, ratio: null, floor: 0, efficiency: null });
});

test('shared among two connections, neither can be idle', () => {
  const rows = [saved('AA', 0, 1), saved('BB', 0, 2), saved('CC', 1, 2)];
  assert.deepEqual(speedup(job(rows, { concurrency: 2, elapsed: 2.5 })), { sum: 4, wall: 2.5, ratio: 1.6, floor: 2, efficiency: 0.8 });
});

test('the longest download can’t be shared out', () => {
  const rows = [saved('AA', 0, 1), saved('BB', 0, 3)];
  assert.deepEqual(speedup(job(rows, { concurrency: 2, elapsed: 3 })), { sum: 4, wall: 3, ratio: 4 / 3, floor: 3, efficiency: 1 });
});

test('without a download there is no gain', () => {
  assert.deepEqual(speedup(job([], { concurrency: 0, elapsed: 0 })), { sum: 0, wall: 0, ratio: null, floor: 0, efficiency: null });
});

test('what never began takes nothing, what runs takes up to now, what is held back is done', () => {
  const running = row('BB', { status: 'running', started: 1, worker: 1 });
  assert.equal(speedup(job([saved('AA', 0, 1), running, row('CC', { status: 'cancelled' })]), 3).sum, 3);
  assert.equal(speedup(job([running, saved('CC', 0, 1, { returned: null })]), 3).sum, 3);
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
  const { floor, ratio, efficiency } = speedup(job(rows, { concurrency: free.length, elapsed: wall }));
  assert.ok(floor <= wall * (1 + 1e-9));
  assert.ok(Number(ratio) <= free.length * (1 + 1e-9) && Number(ratio) >= 1 - 1e-9);
  assert.ok(Number(efficiency) > 0.5 && Number(efficiency) <= 1); // list scheduling is never twice as slow
}));
