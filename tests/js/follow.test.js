import assert from 'node:assert/strict';
import test from 'node:test';
import { connectionTo } from '../../static/js/model/follow.js';
import { JobStore } from '../../static/js/model/store.js';
import { job } from './jobs.js';
import { NOTHING, Socket, TestClock, settled } from './network.js';

/** What the server answers, by path; other paths can't be reached. @type {Record<string, [status: number, body: string]>} */
let answers = {};
/** @type {string[]} */
let asked = [];
Object.assign(globalThis, {
  WebSocket: Socket,
  document: { documentElement: { dataset: { base: '' } } },
  location: { href: 'http://localhost/jobs/1' },
  async fetch(/** @type {string} */ path) {
    asked.push(path);
    if (!answers[path]) throw new TypeError('refused');
    const [status, body] = answers[path];
    return new Response(body, { status });
  },
});

const RUNNING = /** @type {const} */ ({ state: 'running', ended: false, seq: 5 });

/** @param {number} seq */
const event = (seq) => ({ type: 'flag_returned', seq, t: 1, cc: 'BR' });

/** @param {number[]} numbers  Of the events. */
const log = (...numbers) => /** @type {[number, string]} */ ([200, JSON.stringify({ events: numbers.map(event) })]);

/** @param {Parameters<typeof job>[1]} known */
function followed(known = RUNNING) {
  Socket.all = [];
  asked = [];
  answers = {};
  const store = new JobStore(job([], known));
  const clock = new TestClock();
  const connection = connectionTo(store, clock);
  connection.open();
  return { store, clock, connection };
}

test('the clock stands still until something is heard again', async () => {
  const { store, clock, connection } = followed();
  /** After each step: whether the clock stands, and how many sockets there were. @type {[() => unknown, [boolean, number]][]} */
  const steps = [
    [() => Socket.last.hear(NOTHING), [false, 1]],
    [() => Socket.last.lose(1006), [true, 1]],
    [() => clock.run(0.5), [true, 2]],
    [() => Socket.last.hear(NOTHING), [false, 2]],
    [() => Socket.last.lose(1006), [true, 2]],
    [() => connection.close(), [true, 2]], // another job is shown
    [() => clock.run(60), [true, 2]],
    [() => connection.open(), [true, 3]],
    [() => (Socket.last.lose(1006), settled()), [true, 3]], // and a request fails
    [() => ((answers['/api/jobs/1/events?since=4'] = log(5)), clock.run(1)), [true, 4]],
    [() => (Socket.last.lose(1006), settled()), [false, 4]], // now a request is answered
    [() => (connection.open(), Socket.last.lose(4404)), [true, 5]], // an unknown job
  ];
  for (const [at, [step, expected]] of steps.entries()) {
    await step();
    assert.deepEqual([store.stalled, Socket.all.length], expected, `step ${at}`);
  }
  assert.equal(Socket.last.url, 'ws://localhost/ws/jobs/1?since=5');
});

test('after a gap it asks for a snapshot, and after the end it closes', async () => {
  const { store, clock } = followed();
  Socket.last.hear({ type: 'events', events: [event(7)] });
  assert.equal(Socket.all.length, 2);
  assert.equal(Socket.last.url, 'ws://localhost/ws/jobs/1');
  Socket.last.hear({ type: 'snapshot', job: job([], { seq: 9 }) });
  assert.equal(store.job.seq, 9);
  Socket.last.lose(1006); // it is closed: nothing more is tried
  await clock.run(100);
  assert.deepEqual([Socket.all.length, clock.waiting], [2, 0]);
});

test('requests bring the events after the last one, to the end', async () => {
  const { store, clock } = followed();
  answers['/api/jobs/1/events?since=4'] = log(5);
  Socket.last.lose(1006);
  await settled();
  answers['/api/jobs/1/events?since=4'] = log(5, 6, 7);
  await clock.run(2);
  assert.equal(store.job.seq, 7);
  const end = { type: 'job_finished', seq: 8, t: 2, state: 'finished', counts: {}, returned: 0, elapsed: 2, detail: '' };
  answers['/api/jobs/1/events?since=6'] = [200, JSON.stringify({ events: [event(7), end] })];
  await clock.run(2);
  assert.ok(store.ended);
  assert.deepEqual([asked.length, clock.waiting], [3, 0]);
});

test('a log that does not go on where the page is brings a snapshot', async () => {
  for (const [seq, since, found] of [
    [5, 4, []], // a shorter log, of another history
    [5, 4, [7]],
    [5, 4, [5, 10_007]], // the server was killed
    [0, 0, [2]],
  ]) {
    const { store } = followed({ ...RUNNING, seq: Number(seq) });
    answers[`/api/jobs/1/events?since=${since}`] = log(.../** @type {number[]} */ (found));
    answers['/api/jobs/1'] = [200, JSON.stringify(job([], { ...RUNNING, seq: 10_010 }))];
    Socket.last.lose(1006);
    await settled();
    assert.equal(store.job.seq, 10_010, `${found}`);
  }
});

test('a job that waits has no event yet: that is no gap', async () => {
  const { store } = followed({ ...RUNNING, state: 'pending', seq: 0 });
  answers['/api/jobs/1/events?since=0'] = log();
  Socket.last.lose(1006);
  await settled();
  assert.deepEqual([asked.length, store.stalled], [1, false]);
});

test('only flagdl says that a job is unknown: what a proxy answers meanwhile may pass', async () => {
  const path = '/api/jobs/1/events?since=4';
  for (const status of [200, 404, 502, 503]) {
    const { store, clock } = followed();
    answers[path] = [status, '<html>'];
    Socket.last.lose(1006);
    await settled();
    assert.ok(store.stalled);
    answers[path] = log(5);
    await clock.run(0.5);
    Socket.last.lose(1006);
    await settled();
    assert.ok(!store.stalled);
  }
  const { clock } = followed();
  answers[path] = [404, '{"detail": "There is no such job."}'];
  Socket.last.lose(1006);
  await settled();
  assert.equal(clock.waiting, 0);
});
