import assert from 'node:assert/strict';
import test from 'node:test';
import { JobConnection } from '../../static/js/model/connection.js';
import { connectionTo } from '../../static/js/model/follow.js';
import { JobStore } from '../../static/js/model/store.js';
import { job } from './jobs.js';

/** Sockets that do what the test wants, and listeners for the network to be back. */
class Socket extends EventTarget {
  /** @type {Socket[]} */
  static all = [];

  /** @param {string} url */
  constructor(url) {
    super();
    this.url = url;
    Socket.all.push(this);
  }

  static get last() {
    return Socket.all[Socket.all.length - 1];
  }

  close() {}

  /** @param {object} message */
  hear(message) {
    this.dispatchEvent(Object.assign(new Event('message'), { data: JSON.stringify(message) }));
  }

  /** @param {number} code */
  lose(code) {
    this.dispatchEvent(Object.assign(new Event('close'), { code }));
  }
}
const network = new Set();
Object.assign(globalThis, {
  WebSocket: Socket,
  document: { documentElement: { dataset: { base: '' } } },
  location: { href: 'http://localhost/jobs/1' },
  addEventListener: (/** @type {string} */ _type, /** @type {() => void} */ listener) => network.add(listener),
  removeEventListener: (/** @type {string} */ _type, /** @type {() => void} */ listener) => network.delete(listener),
});
const NOTHING = { type: 'events', events: [] };

test('the clock stands still until something is heard again', () => {
  Socket.all = [];
  const store = new JobStore(job([], { state: 'running', ended: false, seq: 5 }));
  const connection = connectionTo(store);
  const online = () => network.forEach((listener) => listener());
  /** After each step: whether the clock stands, how many sockets there were, who waits for the network. @type {[() => void, [boolean, number, number]][]} */
  const steps = [
    [() => connection.open(), [false, 1, 0]],
    [() => Socket.last.hear(NOTHING), [false, 1, 0]],
    [() => Socket.last.lose(1006), [true, 1, 1]],
    [online, [true, 2, 0]], // the network is back: there is no more waiting
    [() => Socket.last.hear(NOTHING), [false, 2, 0]],
    [() => Socket.last.lose(1006), [true, 2, 1]],
    [() => connection.close(), [true, 2, 0]], // another job is shown
    [() => connection.open(), [true, 3, 0]],
    [() => Socket.last.lose(4404), [true, 3, 0]], // an unknown job
    [online, [true, 3, 0]],
  ];
  steps.forEach(([step, expected], at) => {
    step();
    assert.deepEqual([store.stalled, Socket.all.length, network.size], expected, `step ${at}`);
  });
  assert.equal(Socket.last.url, 'ws://localhost/ws/jobs/1?since=5');
});

test('after a gap it asks for a snapshot, and after the end it closes', () => {
  Socket.all = [];
  const store = new JobStore(job([], { state: 'running', ended: false, seq: 5 }));
  connectionTo(store).open();
  Socket.last.hear({ type: 'events', events: [{ type: 'flag_returned', seq: 7, t: 1, cc: 'BR' }] });
  assert.equal(Socket.all.length, 2);
  assert.equal(Socket.last.url, 'ws://localhost/ws/jobs/1');
  Socket.last.hear({ type: 'snapshot', job: job([], { seq: 9 }) });
  assert.equal(store.job.seq, 9);
  Socket.last.lose(1006); // it is closed: nothing more is tried
  assert.equal(network.size, 0);
  assert.equal(Socket.all.length, 2);
});

/** @param {() => number} random */
function links(random) {
  Socket.all = [];
  const connection = new JobConnection('ws://x', () => 1, { connect: (url) => /** @type {any} */ (new Socket(url)), random });
  /** @type {any[]} */
  const heard = [];
  connection.addEventListener('link', (event) => heard.push(/** @type {CustomEvent} */ (event).detail));
  return { connection, heard };
}

test('each wait is twice as long, up to ten seconds, and never quite as long as others', () => {
  for (const [random, share] of [[() => 0, 0.5], [() => 1, 1]]) {
    const { connection, heard } = links(/** @type {() => number} */ (random));
    for (let times = 0; times < 7; times += 1) {
      connection.open();
      Socket.last.lose(1006);
    }
    connection.close();
    const waits = heard.filter(({ phase }) => phase === 'waiting').map(({ seconds }) => seconds / Number(share));
    assert.deepEqual(waits, [0.5, 1, 2, 4, 8, 10, 10]);
  }
});

test('it says what each end means, and how much a reconnect has brought', () => {
  const { connection, heard } = links(() => 1);
  connection.open();
  Socket.last.hear({ type: 'events', events: [1, 2] });
  Socket.last.lose(1013);
  connection.open();
  Socket.last.hear({ type: 'events', events: [1, 2, 3] });
  Socket.last.lose(1000);
  connection.open();
  Socket.last.lose(4404);
  assert.deepEqual(heard, [
    { phase: 'connecting' },
    { phase: 'live', caughtUp: 0 }, // what comes first was not missed
    { phase: 'waiting', reason: 'full', seconds: 10 },
    { phase: 'connecting' },
    { phase: 'live', caughtUp: 3 },
    { phase: 'over' },
    { phase: 'connecting' },
    { phase: 'unknown' },
  ]);
});

test('a socket that was replaced says nothing any more', () => {
  const { connection, heard } = links(() => 1);
  connection.open();
  const [replaced] = Socket.all;
  connection.open();
  replaced.lose(1006);
  assert.deepEqual(heard, [{ phase: 'connecting' }, { phase: 'connecting' }]);
});
