/** @import { Link } from '../../static/js/model/connection.js' */
import assert from 'node:assert/strict';
import test from 'node:test';
import { isShortcut, letterOf, nextIndex } from '../../static/js/lib/roving.js';
import * as words from '../../static/js/lib/text.js';
import { Lanes } from '../../static/js/model/lanes.js';
import { JobStore } from '../../static/js/model/store.js';
import { Problem } from '../../static/js/lib/api.js';
import * as ofComparison from '../../static/js/text/comparison.js';
import * as ofFlag from '../../static/js/text/flag.js';
import * as ofForm from '../../static/js/text/form.js';
import * as ofHistory from '../../static/js/text/history.js';
import * as ofJob from '../../static/js/text/job.js';
import * as ofLesson from '../../static/js/text/lesson.js';
import * as ofLog from '../../static/js/text/log.js';
import * as ofTimeline from '../../static/js/text/timeline.js';
import { job, row, saved } from './jobs.js';

const NONE = { ok: 0, not_found: 0, error: 0, cancelled: 0 };

/** Checks what a function says, case by case. @param {string} name @param {[unknown, unknown][]} cases */
function says(name, cases) {
  cases.forEach(([said, expected], at) => test(`${name}: ${at + 1}`, () => assert.deepEqual(said, expected)));
}

const TIMES = [-1e-9, -0, 0.0004, 0.03, 0.9996, 3.214, 59.997, 125.6];
says('times are readable however short', [
  [TIMES.map(words.duration), ['0.0 ms', '0 ms', '0.4 ms', '30 ms', '1.00 s', '3.21 s', '1 min 00 s', '2 min 06 s']],
  [TIMES.map(words.clock), ['0.0 s', '0.0 s', '0.0 s', '0.0 s', '1.0 s', '3.2 s', '1 min 00 s', '2 min 06 s']],
  [[999, 1000, 12345].map(words.size), ['999 B', '1.0 kB', '12.3 kB']],
  [[0, 0.5, 1].map((time) => ofTimeline.tick(time, 0.5)), ['0.0 s', '0.5 s', '1.0 s']],
  [[0.001, 0.0005, 0.00002].map((step) => ofTimeline.tick(0.002, step)), ['2 ms', '2.0 ms', '2.00 ms']],
]);

const SPEC = { codes: [], strategy: 'map', max_req: 1, attempts: 1 };
says('a server is named with the settings of LAB', [
  [words.server({ ...SPEC, server: 'LOCAL' }), 'LOCAL'],
  [words.server({ ...SPEC, server: 'LAB', delay: 0.5, spread: 0.5, errors: 0.1, seed: 3 }), 'LAB 0.5 s ± 50%, 10% errors, seed 3'],
  [words.server({ ...SPEC, server: 'LAB', delay: 2, spread: 0, errors: 1, seed: 0 }), 'LAB 2 s ± 0%, 100% errors, seed 0'],
  [words.server({ ...SPEC, server: 'LAB', delay: 0.25, spread: 0, errors: 0, seed: 12345 }), 'LAB 0.25 s ± 0%, 0% errors, seed 12345'],
]);

says('how a job stands', [
  [words.standing({ state: 'finished', counts: { ...NONE, ok: 2 } }), ['finished', 'Finished']],
  [words.standing({ state: 'finished', counts: { ...NONE, ok: 2, error: 1 } }), ['partly', 'Finished, 1 failed']],
  [words.standing({ state: 'finished', counts: { ...NONE, error: 2 } }), ['partly', 'Finished, nothing saved']],
  [words.standing({ state: 'cancelled', counts: NONE }), ['cancelled', 'Cancelled']],
  [words.tally(NONE), '0 saved'],
  [words.tally({ ok: 50, not_found: 4, error: 2, cancelled: 1 }), '50 saved, 4 not found, 2 failed, 1 cancelled'],
  [["KeyError('x')", 'the flag servers did not start'].map(ofJob.isException), [true, false]],
  [ofJob.tabTitle(job([row('BR')], { state: 'running', ended: false }), 0), '0/1 · Job 1 · flagdl'],
  [ofJob.tabTitle(job([], { counts: { ...NONE, ok: 1, error: 1 } }), 2), 'Finished, 1 failed · Job 1 · flagdl'],
  [ofJob.ending(job([], { elapsed: 2, counts: { ...NONE, ok: 3 } })), 'Finished after 2.00 s: 3 saved.'],
  [ofJob.progress(2, job([row('BR'), row('CN')], { counts: { ...NONE, ok: 2 } })), '2 of 2 done: 2 saved.'],
  [[ofJob.retry(1), ofJob.resume(2)], ['Retry 1 flag', 'Resume 2 flags']],
]);

/** @type {[Link, string][]} */
const LINKS = [
  [{ phase: 'connecting' }, 'Connecting…'],
  [{ phase: 'live', caughtUp: 0 }, 'Live'],
  [{ phase: 'live', caughtUp: 1 }, 'Caught up on 1 event'],
  [{ phase: 'waiting', seconds: 2 }, 'Reconnecting in 2 s'],
  [{ phase: 'polling' }, 'Live, by requests'],
  [{ phase: 'over' }, 'Ended'],
  [{ phase: 'unknown' }, 'This job is no longer known'],
];
says('the state of the connection', LINKS.map(([link, said]) => [ofJob.link(link, 1.2), said]));

const PROGRESS = {
  total: 4, pending: 1, workers: 2, running: 2, done: 1, now: 'AA', held: 1, returned: 0, last: 'AA', next: 'AA', counts: NONE,
};
says('each call of a strategy is explained', [
  [ofJob.calls('map', PROGRESS), {
    submitted: '4 futures: 1 pending, 2 running, 1 done', running: '2 of 2 worker threads busy', result: '0 saved',
    returned: 'none returned yet; 1 is done and waits for AA',
  }],
  [ofJob.calls('map', { ...PROGRESS, held: 2, returned: 1, next: 'BB' }).returned, '1 returned in order; 2 are done and wait for BB'],
  [ofJob.calls('map', { ...PROGRESS, held: 0, returned: 1, next: 'BB' }).returned, '1 returned in order, the next: BB'],
  [ofJob.calls('map', { ...PROGRESS, returned: 4, next: '', counts: { ...NONE, ok: 1, cancelled: 3 } }).returned, '4 returned in the order of submission: 1 saved, 3 cancelled'],
  [ofJob.calls('as_completed', { ...PROGRESS, returned: 3, last: 'CC' }).returned, '3 returned, the last: CC'],
  [ofJob.calls('asyncio', PROGRESS), {
    submitted: '4 tasks: 1 pending, 2 running, 1 done', running: '2 of 2 slots busy', result: '0 saved', returned: 'none returned yet',
  }],
  [ofJob.calls('sequential', PROGRESS), {
    submitted: '1 of 4 still to come', running: 'one at a time, now AA', returned: 'none returned yet',
  }],
]);

says('what became of a code', [
  [ofFlag.outcome(saved('BR', 0, 0.5, { status: 'error', detail: 'read timeout' }), 'error'), 'failed: read timeout'],
  [ofFlag.outcome(row('BR'), 'held'), 'held back'],
  [ofJob.tile('XX', undefined, 'held'), 'XX no country, held back'],
  [ofLog.line(saved('BR', 0, 0.5, { bytes: 2000 })), 'saved · 2.0 kB · 500 ms'],
  [ofLog.line(saved('BR', 0, 0.5, { status: 'error', detail: 'HTTP 503' })), 'failed · HTTP 503 · 500 ms'],
  [ofLog.facts(row('BR'), job([])), []],
  [ofLog.facts(saved('BR', 0, 0.5, { bytes: 1, detail: 'OK', sent: 0.1 }), job([], { site: 'http://x/{cc}.gif' })), [
    ['Message', 'OK'], ['Address', 'http://x/br.gif'], ['Attempts', '1'], ['Worker', '0'], ['Started at', '0.0 ms'],
    ['Sent at', '100.0 ms'], ['Saved at', '500.0 ms'], ['Returned at', '500.0 ms'], ['Size', '1 byte'],
  ]],
  // Some facts are unknown while a result is held back, and in logs of version 1.
  [ofLog.facts(saved('QQ', 0, 0.5, { status: 'not_found', returned: null }), job([], { spec: { strategy: 'asyncio' } })).slice(2), [
    ['Slot', '0'], ['Started at', '0.0 ms'], ['Finished at', '500.0 ms'],
  ]],
  [ofLog.asText(row('BR', { attempts: 1 }), 'Brazil', job([], { site: 'http://x' })), 'BR Brazil: pending\nAddress: http://x/br/br.gif\nAttempts: 1'],
  [ofLog.matches(1, 1000), '1 of 1,000 entry matches'],
]);

/** The look of a row in a job of its own, and its facts. @param {ReturnType<typeof saved>} row @param {string} [strategy] @param {boolean} [ended] @param {Record<number, string>} [places] */
function factsOf(row, strategy = 'map', ended = true, places = {}) {
  const store = new JobStore(job([row], { elapsed: 4, ended, state: ended ? 'finished' : 'running', spec: { strategy }, places }), () => 0);
  const lanes = new Lanes(store);
  return ofFlag.facts(row, store.lookOf(row), store.job, lanes.bar(row), lanes.load(row.worker));
}
says('what is known of a code', [
  [factsOf(saved('BR', 0.1, 2.1, { sent: 0.2, first_byte: 1.2, received: 1.6, returned: 3.6, attempts: 2, bytes: 1500 })), [
    ['future', 'done'], ['queued', '100 ms'], ['earlier attempts and pauses', '100 ms'], ['waiting for the answer', '1.00 s'],
    ['receiving', '400 ms'], ['checking and saving', '500 ms'], ['held back', '1.50 s'],
    ['worker 0', '1 download, busy 50%'], ['attempts', '2'], ['size', '1.5 kB'],
  ]],
  [factsOf(saved('BR', 1, 3, { sent: 1.5, returned: null }), 'map', false), [
    ['future', 'done'], ['queued', '1.00 s'], ['connecting', '500 ms'], ['no answer', '1.50 s'], ['held back', '1.00 s'],
    ['worker 0', '1 download, busy 50%'],
  ]],
  [factsOf(row('FR', { status: 'running', worker: 0, started: 1 }), 'asyncio', false), [
    ['task', 'running'], ['queued', '1.00 s'], ['running', '3.00 s'], ['slot 0', '1 download, busy 75%'],
  ]],
  [factsOf(saved('JP', 2, 3, { status: 'not_found', sent: 2.5, first_byte: 2.6, received: 2.8 }), 'sequential'), [
    ['queued', '2.00 s'], ['connecting', '500 ms'], ['waiting for the answer', '100 ms'], ['receiving', '200 ms'],
    ['checking', '200 ms'], ['held back', '0 ms'], ['worker 0', '1 download, busy 25%'],
  ]],
  [factsOf(row('FR', { status: 'running', worker: 1, started: 1 }), 'map', false, { 1: '0@north' }).slice(-2), [
    ['worker 1', '1 download, busy 75%'], ['process', '0@north'],
  ]],
  [[factsOf(row('QQ'), 'map', false), factsOf(row('QQ', { status: 'cancelled' }))], [[['future', 'pending']], []]],
  [ofFlag.spoken('BR Brazil', 'saved', [['future', 'done'], ['queued', '1 ms']]), 'BR Brazil, saved, future done, queued 1 ms'],
  [[ofTimeline.size(0), ofTimeline.size(1)], ['No download yet', '1 download']],
]);

/** @param {number | null} share @param {string} strategy @param {number} concurrency */
const waiting = (share, strategy, concurrency) =>
  ofLesson.waiting(of({ waiting: share, speedup: Number(share) < 0.5 ? null : 1 }), job([], { concurrency, spec: { strategy } }));
/** @import { Figures } from '../../static/js/model/figures.js' */
/** @param {Partial<Figures>} known @returns {Figures} */
const of = (known) => ({ downloads: 0, sum: 0, wall: 0, atOnce: null, speedup: null, waiting: 1, floor: null, limit: 'shared', rounds: 1, first: null, held: 0, ...known });
says('what concurrency gained', [
  [
    ofLesson.gain(of({ sum: 10.8, wall: 2.2, atOnce: 4.9, speedup: 4.9, floor: 2.16 }), { ended: true, concurrency: 5 }),
    '10.80 s of downloads in 2.20 s: 4.9 times as fast as one after another. The floor is 2.16 s: 10.80 s, shared out evenly among 5 connections.',
  ],
  [
    ofLesson.gain(of({ sum: 2, wall: 2.1, atOnce: 0.95, speedup: 0.95, floor: 2 }), { ended: true, concurrency: 1 }),
    '2.00 s of downloads in 2.10 s, one after another.',
  ],
  [
    ofLesson.gain(of({ sum: 5.04, wall: 1.02, atOnce: 4.94, speedup: 4.94, floor: 1 }), { ended: false, concurrency: 5 }),
    '5.0 s of downloads in 1.0 s: 4.9 times as fast as one after another.',
  ],
  [
    ofLesson.gain(of({ sum: 3, wall: 1.1, atOnce: 2.7, speedup: 2.7, floor: 1, limit: 'rounds', rounds: 2 }), { ended: true, concurrency: 5 }),
    '3.00 s of downloads in 1.10 s: 2.7 times as fast as one after another. The floor is 1.00 s: one of 5 connections has at least 2 downloads, one after another.',
  ],
  [
    ofLesson.gain(of({ sum: 3, wall: 1.1, atOnce: 2.7, speedup: 2.7, floor: 1, limit: 'longest' }), { ended: true, concurrency: 5 }),
    '3.00 s of downloads in 1.10 s: 2.7 times as fast as one after another. The floor is 1.00 s: the longest download takes that long, with any number of connections.',
  ],
  [
    ofLesson.gain(of({ sum: 57.51, wall: 0.393, atOnce: 146.3 }), { ended: true, concurrency: 200 }),
    '57.51 s of downloads in 393 ms: on average, 146.3 were under way at once.',
  ],
  [
    ofComparison.figureTexts({ ended: true }, 2, of({ atOnce: 2, waiting: 0.375, first: 2 })),
    { time: '2.00 s', first: '2.00 s', held: '0 ms', waiting: '38%', speedup: '–', floor: '–' },
  ],
  [ofLesson.gain(of({ atOnce: null }), { ended: true, concurrency: 5 }), ''],
  [
    waiting(0.98, 'map', 5),
    '98% of the threads’ time was waiting for the network. A thread that waits doesn’t hold the interpreter’s lock (GIL), so the others go on.',
  ],
  [
    waiting(0.3, 'as_completed', 5),
    'Only 30% of the time was waiting for the network. The rest was checking and saving: work in Python, which only one thread does at a time, and waiting for the disk or for the interpreter’s lock (GIL). So more threads help less.',
  ],
  [waiting(0.98, 'sequential', 1), '98% of the time was waiting for the network: other threads could have used it.'],
  [waiting(0.98, 'asyncio', 5), '98% of the downloads’ time was waiting for the network. Meanwhile the event loop served the others.'],
  [waiting(null, 'map', 5), ''],
]);

/** @param {string} strategy @param {[string, number, number][]} results  Each code: when it was done, and returned. */
const order = (strategy, ...results) => {
  const rows = results.map(([cc, finished, returned]) => saved(cc, 0, finished, { returned }));
  return ofLesson.order(job(rows, { elapsed: 1, spec: { strategy } }), Math.min(...results.map(([, , returned]) => returned)));
};
says('in which order results came, and why one of them late', [
  [order('sequential', ['AA', 0.1, 0.9]), ''],
  [order('as_completed', ['AA', 0.5, 0.52], ['BB', 0.1, 0.12]), 'Each result was returned as soon as it was done: the first after 120 ms.'],
  [order('map', ['AA', 0.1, 0.12], ['BB', 0.5, 0.52]), 'The results were returned in the order of submission, and none waited long for another.'],
  [
    order('map', ['AA', 0.1, 0.11], ['BB', 0.8, 0.81], ['CC', 0.2, 0.82]),
    'CC was done after 200 ms, but map returned it after 820 ms: it waited for BB, which was submitted before it.',
  ],
  // Nothing before it explains the wait.
  [order('map', ['AA', 0.1, 0.5]), 'AA was done after 100 ms, and returned after 500 ms: first, all codes are submitted.'],
  [order('map', ['AA', 0.2, 0.5], ['BB', 0.1, 0.5]), 'BB was done after 100 ms, and returned after 500 ms: first, all codes are submitted.'],
  [order('map', ['AA', 0.1, 0.12], ['BB', 0.2, 0.5]), 'BB was done after 200 ms, and returned after 500 ms: the main thread came to it only then.'],
  [order('as_completed', ['AA', 0.1, 0.5], ['BB', 0.4, 0.51]), 'AA was done after 100 ms, and returned after 500 ms: first, all codes are submitted.'],
  [order('as_completed', ['AA', 0.1, 0.12], ['BB', 0.2, 0.5]), 'BB was done after 200 ms, and returned after 500 ms: the main thread came to it only then.'],
  [order('asyncio', ['AA', 0.1, 0.5]), 'AA was done after 100 ms, and returned after 500 ms: the event loop was busy with other downloads.'],
]);

says('what the form promises', [
  [[ofForm.download(0), ofForm.download(1)], ['Pick something to download', 'Download 1 flag']],
  [ofForm.perConnection(20, 30), 'All 20 at the same time.'],
  [ofForm.perConnection(20, 1), '1 at a time.'],
  [ofForm.perConnection(20, 3), '20 flags on 3 connections: about 7 each.'],
  [[ofForm.perConnection(0, 3), ofForm.perConnection(20, NaN)], ['', '']],
  [[ofForm.offer('France', true), ofForm.offer('France', false)], ['Pick only France', 'Add France']],
  [[ofForm.meant(['France'], 1), ofForm.meant(['Africa'], 59)], ['France', 'Africa: 59 countries']],
  [ofForm.meant(['Japan', 'Brazil', 'France'], 3), 'Japan, Brazil, and France'],
  [ofForm.meant(['Japan', 'Africa'], 60), 'Japan and Africa: 60 countries'],
  [ofForm.meant(Array(5).fill('France'), 5), '5 flags'],
  [ofForm.codes(['BR']), 'the code BR'],
  [ofForm.codes(['BR', 'CN']), 'the codes BR, CN'],
  [ofForm.codes(Array(26).fill('BA')), '26 codes: BA to BA'],
  [ofForm.codes(Array(5).fill('BA')), '5 codes'],
  [ofForm.found('Add France', 2), 'Add France. 2 countries match'],
  [ofForm.bounds({ min: '1', max: '1000', step: '1' }), 'A whole number from 1 to 1,000.'],
  [ofForm.bounds({ min: '0', max: '5', step: 'any' }), 'A number from 0 to 5.'],
  [ofForm.atField(new Problem('limit must be >= 1', 400, 'limit')), 'Must be >= 1'],
  [ofForm.atField(new Problem('no such server', 400, 'server')), 'No such server'],
]);

says('which jobs are chosen', [
  [ofHistory.chosen([], 8), 'Choose two to 8 jobs to compare.'],
  [ofHistory.chosen(['1'], 8), 'Job 1 is chosen: choose another.'],
  [ofHistory.chosen(['1', '2'], 8), '2 jobs are chosen.'],
  [ofHistory.chosen(['1', '2', '3'], 2), 'More than 2 jobs are chosen.'],
]);

says('arrow keys move in a list and in a grid', [
  [['ArrowUp', 'ArrowDown', 'Home', 'End', 'PageUp', 'PageDown'].map((key) => nextIndex({ key }, 5, 30)), [4, 6, 0, 29, 0, 15]],
  [['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight', 'PageDown'].map((key) => nextIndex({ key }, 5, 30, 4)), [1, 9, 4, 6, 29]],
  [['ArrowLeft', 'a', 'Tab'].map((key) => nextIndex({ key }, 5, 30)), [null, null, null]],
  [[nextIndex({ key: 'ArrowUp' }, 0, 30), nextIndex({ key: 'ArrowDown' }, 29, 30)], [0, 29]],
  [nextIndex({ key: 'ArrowUp', altKey: true }, 5, 30), null],
  [[isShortcut({}), isShortcut({ ctrlKey: true })], [false, true]],
]);

// `key` is the letter that is printed on a key, `code` is its place.
says('letters of shortcuts are known in any layout', [
  [[['ф', 'KeyA'], ['A', 'KeyA'], ['a', 'KeyQ'], ['я', 'KeyZ'], ['q', 'KeyA']].map(([key, code]) => letterOf({ key, code })), [...'aaazq']],
  [[letterOf({ key: 'A', code: 'KeyA', shiftKey: true }), letterOf({ key: 'a', code: 'KeyA', altKey: true })], ['', '']],
]);
