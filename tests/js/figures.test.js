import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { figures } from '../../static/js/model/figures.js';
import { job, often, row, saved } from './jobs.js';

for (const { name, items, expected, ...given } of JSON.parse(readFileSync(new URL('../fixtures/figures.json', import.meta.url), 'utf8'))) {
  test(name, () => {
    const measured = figures(job(items.map((/** @type {object} */ item) => row('AA', item)), given));
    for (const [figure, value] of Object.entries(expected)) {
      const found = /** @type {Record<string, number | null>} */ (/** @type {unknown} */ (measured))[figure];
      assert.ok(found === value || Math.abs(Number(found) - value) < 1e-9, `${figure} is ${found}, not ${value}`);
    }
  });
}

test('without a download there is no gain', () => {
  const none = { downloads: 0, sum: 0, wall: 0, atOnce: null, speedup: null, waiting: null, floor: null, limit: 'shared', rounds: 0, first: null, held: 0 };
  assert.deepEqual(figures(job([], { concurrency: 0, elapsed: 0 })), none);
});

test('no schedule beats the floor, whatever the downloads take', () => often(200, (random) => {
  // Each download is taken by the connection that is free first.
  const free = Array.from({ length: 1 + Math.floor(random() * 5) }, () => 0);
  const rows = Array.from({ length: 1 + Math.floor(random() * 20) }, (_, at) => {
    const worker = free.indexOf(Math.min(...free));
    const started = free[worker];
    free[worker] += random();
    return saved(String(at), started, free[worker], { received: free[worker] });
  });
  const wall = Math.max(...free);
  const { speedup, ...measured } = figures(job(rows, { concurrency: free.length, elapsed: wall }));
  const floor = Number(measured.floor);
  assert.ok(floor <= wall * (1 + 1e-9));
  assert.ok(Number(speedup) <= free.length * (1 + 1e-9) && Number(speedup) >= 1 - 1e-9);
  assert.ok(floor > wall / 2); // list scheduling is never twice as slow
}));
