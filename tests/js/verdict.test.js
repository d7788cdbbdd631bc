/** @import { Job } from '../../static/js/model/types.js' */
import assert from 'node:assert/strict';
import test from 'node:test';
import { verdict } from '../../static/js/model/verdict.js';
import { isSweep } from '../../static/js/model/sweep.js';
import { job as anyJob, saved } from './jobs.js';

const COUNTS = { ok: 4, not_found: 0, error: 0, cancelled: 0 };

/** By default four flags, each in half a second, one after another. @param {Parameters<typeof anyJob>[1] & {items?: Job['items']}} [differing] */
function job({ items = [0, 1, 2, 3].map((at) => saved('', at / 2, at / 2 + 0.5, { returned: null })), spec, ...differing } = {}) {
  const usual = { strategy: 'sequential', server: 'DELAY', codes: [...'ABCD'] };
  return anyJob(items, { total: 4, elapsed: 2, counts: COUNTS, spec: { ...usual, ...spec }, ...differing });
}

/** A job of four at once. Each result was held back for some seconds. @param {number[]} held @param {number[]} returned */
const returning = (held, returned) =>
  job({
    spec: { strategy: 'map' }, concurrency: 4,
    items: returned.map((at, n) => saved('', at - held[n] - 0.5, at - held[n], { returned: at })),
  });

/** @param {Partial<Job['spec']>} settings */
const lab = (settings) => job({ spec: { server: 'LAB', delay: 0.5, spread: 0.5, errors: 0.1, seed: 3, ...settings } });

const SAME = 'A single download took about the same time in all: 500 ms to 500 ms on average.';
const SAVED = 'All had the same outcomes: 4 saved.';
/** @type {[string, Job, Job, string[]][]} */
const SAID = [
  ['a quicker one', job(), job({ spec: { strategy: 'map' }, concurrency: 4, elapsed: 0.125 }),
    ['B (map) took 125 ms, A (sequential) 2.00 s: 16 times as long.', SAME, SAVED]],
  ['two that are alike', job(), job({ elapsed: 2.1 }), ['They took about the same time: A 2.00 s, B 2.10 s.', SAME, SAVED]],
  ['a cancelled one', job(), job({ state: 'cancelled', counts: { ...COUNTS, ok: 1, cancelled: 3 } }),
    ['B did not finish (Cancelled, 1 of 4 done): the times can’t be compared.', SAME, 'A: 4 saved. B: 1 saved, 3 cancelled.']],
  ['one that saved nothing', job(), job({ counts: { ...COUNTS, ok: 0, error: 4 } }),
    ['B saved nothing: the times can’t be compared.', SAME, 'A: 4 saved. B: 0 saved, 4 failed.']],
  ['other numbers of flags', job(), job({ total: 8, elapsed: 8, items: [] }),
    ['They had different numbers of flags. Per flag, A (4 flags) took 500 ms, B (8 flags) 1.00 s: 2.0 times as long.', SAVED]],
  ['other numbers of connections', job(), job({ concurrency: 2, elapsed: 1 }),
    ['B (2 connections) took 1.00 s, A (1 connection) 2.00 s: 2.0 times as long.', SAME, SAVED]],
  ['what the strategies made of the same downloads',
    job({ spec: { strategy: 'as_completed' }, concurrency: 4, items: Array.from({ length: 4 }, () => saved('', 0, 0.5)) }),
    returning([0, 0.4, 0.5, 0.1], [1.5, 1.6, 1.6, 1.6]),
    [
      'They took about the same time: A (as_completed) 2.00 s, B (map) 2.00 s.', SAME,
      'The first result was returned after 500 ms in A (as_completed), after 1.50 s in B (map).',
      'Results were held back for 1.00 s in all in B (map), for 0 ms in A (as_completed).', SAVED,
    ]],
  ['less than a tenth of the downloads’ own time', returning([0.01, 0.01, 0.01, 0.01], [1, 1, 1, 1]),
    returning([0.04, 0.04, 0.04, 0.04], [1, 1, 1, 1]), ['They took about the same time: A 2.00 s, B 2.00 s.', SAME, SAVED]],
  ['other flags', job(), job({ spec: { codes: [...'EFGH'] } }), ['They took about the same time: A 2.00 s, B 2.00 s.', SAVED]],
  ['another server', job(), job({ spec: { server: 'LOCAL' } }),
    ['They took about the same time: A (DELAY) 2.00 s, B (LOCAL) 2.00 s.',
      'They asked different servers, DELAY and LOCAL: that alone makes a difference.', SAVED]],
  ['LAB twice', lab({}), lab({}), ['They took about the same time: A 2.00 s, B 2.00 s.', SAME, SAVED]],
];
for (const [name, a, b, sentences] of SAID) {
  test(`only what holds is said of ${name}`, () => {
    assert.deepEqual(verdict([a, b].map((job) => ({ job, ended: true, completed: 4 }))), sentences);
  });
}

for (const other of [{ delay: 1 }, { spread: 0 }, { errors: 0 }, { seed: 4 }]) {
  test(`LAB is another server with another ${Object.keys(other)[0]}`, () => {
    const [took, asked, ...rest] = verdict([lab({}), lab(other)].map((job) => ({ job, ended: true, completed: 4 })));
    assert.ok(took.startsWith('They took about the same time: A (LAB 0.5 s ± 50%, 10% errors, seed 3) 2.00 s, B (LAB '), took);
    assert.ok(asked.startsWith('They asked different servers, LAB 0.5 s ± 50%, 10% errors, seed 3 and LAB '), asked);
    assert.deepEqual(rest, [SAVED]);
  });
}

/** One job for each number of connections, with its seconds. @param {Record<number, number>} times */
const sweep = (times) => Object.entries(times).map(([width, elapsed]) =>
  ({ job: job({ spec: { strategy: 'map' }, concurrency: Number(width), elapsed }), ended: true, completed: 4 }));

test('several jobs are compared by the quickest and the slowest', () => {
  const [took, ...rest] = verdict(sweep({ 1: 10, 2: 5, 5: 2 }));
  assert.equal(took, 'C (5 connections) took 2.00 s, A (1 connection) 10.00 s: 5.0 times as long.');
  assert.deepEqual(rest, [SAME, SAVED]);
});

// As in tests/unit/model/test_variants.py.
for (const [times, expected] of /** @type {[Record<number, number>, string | null][]} */ ([
  [{ 1: 10, 2: 5, 5: 2, 10: 1.95, 20: 1.91 }, 'Beyond 5 connections, more gain less than 5%.'],
  [{ 1: 10, 2: 9.9, 5: 2 }, null],
  [{ 1: 10, 5: 2, 10: 3 }, 'Beyond 5 connections, more gain less than 5%.'],
])) {
  test(`where more connections stop being worth it: ${Object.values(times)}`, () => {
    assert.equal(verdict(sweep(times)).find((sentence) => sentence.startsWith('Beyond')) ?? null, expected);
  });
}

test('jobs that also differ in something else are not a sweep', () => {
  for (const other of [{ strategy: 'asyncio' }, { executor: 'cluster' }, { attempts: 9 }, { server: 'LOCAL' }]) {
    const jobs = sweep({ 1: 10, 5: 2, 10: 3 }).map(({ job }) => job);
    assert.ok(isSweep(jobs));
    Object.assign(jobs[1].spec, other);
    assert.ok(!isSweep(jobs), Object.keys(other)[0]);
  }
});

test('nothing is compared before all have ended', () => {
  const stores = [{ job: job(), ended: true, completed: 4 }, { job: job(), ended: false, completed: 1 }];
  assert.deepEqual(verdict(stores), ['B is not done yet: 1 of 4.']);
});
