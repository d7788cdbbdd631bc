import assert from 'node:assert/strict';
import test from 'node:test';
import { answer } from '../../static/js/model/tour.js';
import { answered } from '../../static/js/text/tour.js';
import { job, saved } from './jobs.js';

const LONG = job([saved('AA', 0, 1)], { elapsed: 5.2 });
const SHORT = job([saved('AA', 0, 0.9, { returned: 0.98 })], { elapsed: 1.1 });

test('a step is answered by what was measured, and by the nearest guess', () => {
  assert.deepEqual(answer(1, [SHORT, LONG], [0.5, 2.5, 5]), { seconds: 5.2, nearest: 5 });
  assert.deepEqual(answer(2, [LONG, SHORT], [0.5, 1, 5]), { seconds: 1.1, nearest: 1 });
  assert.deepEqual(answer(3, [SHORT, LONG], [0.05, 0.5, 1]), { seconds: 0.98, nearest: 1 });
  assert.deepEqual(answer(4, [LONG, job([], { elapsed: 0.53 })], [0.1, 0.25, 0.5]), { seconds: 0.53, nearest: 0.5 });
});

test('the sentence says whether the guess was right, and why', () => {
  assert.ok(answered(1, 5, { seconds: 5.2, nearest: 5 }).startsWith('You guessed 5.00 s, and it was 5.20 s: no guess is nearer. One at a time'));
  assert.ok(answered(2, 5, { seconds: 1.1, nearest: 1 }).startsWith('You guessed 5.00 s, but it was 1.10 s. A thread that waits'));
});
