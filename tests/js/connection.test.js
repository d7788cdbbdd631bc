import assert from 'node:assert/strict';
import test from 'node:test';
import { JobConnection } from '../../static/js/model/connection.js';
import { NOTHING, Requests, Socket, TestClock } from './network.js';

const BEAT = { type: 'heartbeat', seconds: 5 };

/** An open connection, what it says, and all that is around it. */
function connected() {
  Socket.all = [];
  const clock = new TestClock();
  const requests = new Requests();
  const connect = () => /** @type {any} */ (new Socket(''));
  const connection = new JobConnection({ connect, ask: requests.ask }, clock);
  /** @type {any[]} */
  const links = [];
  /** @type {any[]} */
  const messages = [];
  connection.addEventListener('link', (event) => links.push(/** @type {CustomEvent} */ (event).detail));
  connection.addEventListener('message', (event) => messages.push(/** @type {CustomEvent} */ (event).detail));
  connection.open();
  const phases = () => links.splice(0).map(({ phase }) => phase);
  return { clock, requests, connection, links, messages, phases };
}

/** A connection that hears its heartbeat. */
function live() {
  const all = connected();
  Socket.last.hear(NOTHING);
  Socket.last.hear(BEAT);
  all.phases();
  return all;
}

/** A connection that gets no socket, and asks by requests. */
async function polling() {
  const all = connected();
  Socket.last.lose(1006);
  await all.requests.last.answer(NOTHING);
  all.phases();
  return all;
}

test('messages are handed on, heartbeats are not', () => {
  const { messages, phases } = connected();
  Socket.last.hear(BEAT);
  assert.deepEqual(phases(), ['connecting']); // a heartbeat says nothing of the job
  Socket.last.hear(NOTHING);
  Socket.last.hear(BEAT);
  assert.deepEqual(phases(), ['live']);
  assert.deepEqual(messages, [NOTHING]);
});

test('as long as heartbeats come, whatever they carry, it stays live', async () => {
  const { clock, phases } = live();
  for (const sign of [BEAT, NOTHING, BEAT, NOTHING]) {
    await clock.run(12);
    Socket.last.hear(sign);
  }
  assert.deepEqual(phases(), []);
});

test('after two missed heartbeats it says so, and connects anew', async () => {
  const { clock, links, phases } = live();
  const swallowed = Socket.last;
  await clock.run(12);
  assert.deepEqual(phases(), []);
  await clock.run(1.2);
  assert.deepEqual(links.splice(0), [{ phase: 'waiting', seconds: 0.5 }]);
  assert.ok(swallowed.closed);
  swallowed.hear(NOTHING); // the new socket sends it again
  await clock.run(0.5);
  assert.deepEqual(phases(), ['connecting']);
  Socket.last.hear({ type: 'events', events: [1, 2, 3] });
  assert.deepEqual(links, [{ phase: 'live', caughtUp: 3 }]);
});

test('the interval is what the server says', async () => {
  const { clock, phases } = live();
  Socket.last.hear({ type: 'heartbeat', seconds: 60 });
  await clock.run(149);
  assert.deepEqual(phases(), []);
  await clock.run(2);
  assert.deepEqual(phases()[0], 'waiting');
});

test('who wakes is right again at once, without a timer', async () => {
  const { clock, phases } = live();
  await clock.wake();
  clock.shift += 10_000; // timers stood still
  await clock.wake();
  assert.deepEqual(phases(), []); // not yet two heartbeats
  clock.shift += 10_000;
  await clock.wake();
  assert.deepEqual(phases(), ['waiting', 'connecting']);
  Socket.last.lose(1006);
  await clock.run(0); // the request fails, too
});

test('who wakes while it waits for its next attempt makes it now', async () => {
  const { clock, phases } = live();
  Socket.last.lose(1006);
  await clock.wake();
  assert.deepEqual(phases(), ['waiting', 'connecting']);
});

test('who wakes while it asks asks anew: the old request may never be answered', async () => {
  const { clock, requests, phases } = await polling();
  await clock.run(2);
  const old = requests.last;
  await clock.wake();
  assert.ok(old.signal.aborted);
  assert.equal(requests.all.length, 3);
  await requests.last.answer(NOTHING);
  assert.deepEqual(phases(), []);
});

test('a clock that is set, in either direction, costs one connection at most', async () => {
  for (const hours of [1, -1]) {
    const { clock, phases } = live();
    clock.shift += hours * 3_600_000;
    await clock.wake();
    const again = phases();
    assert.deepEqual(again, hours > 0 ? ['waiting', 'connecting'] : []);
    if (again.length) for (const word of [NOTHING, BEAT]) Socket.last.hear(word);
    await clock.run(14);
    assert.ok(phases().includes('waiting'), 'it still notices silence');
  }
});

test('without a word from the socket it asks, however that fails', async () => {
  /** @type {((all: ReturnType<typeof connected>) => unknown)[]} */
  const failures = [
    ...[1000, 1001, 1005, 1006, 1011, 1013].map((code) => () => Socket.last.lose(code)),
    ({ clock }) => clock.run(6), // it hangs
  ];
  for (const fail of failures) {
    const all = connected();
    await fail(all);
    await all.requests.last.answer(NOTHING);
    assert.deepEqual(all.phases(), ['connecting', 'polling']);
    assert.deepEqual(all.messages, [NOTHING]);
  }
});

test('requests go on calmly, and the socket is tried now and then, without a word of it', async () => {
  const { clock, requests, phases, connection } = await polling();
  assert.equal(requests.all.length, 1);
  const answered = async (/** @type {number} */ seconds) => {
    for (let second = 0; second < seconds; second += 1) {
      await clock.run(1);
      await requests.last.answer(NOTHING);
    }
  };
  await answered(60);
  assert.equal(requests.all.length, 31);
  assert.equal(Socket.all.length, 2); // this one hangs
  await answered(10);
  assert.equal(Socket.all.length, 3);
  assert.deepEqual(phases(), []);
  Socket.last.hear(NOTHING);
  assert.deepEqual(phases(), ['live']);
  const asked = requests.all.length;
  Socket.last.hear({ ...BEAT, seconds: 100 });
  await clock.run(100);
  assert.equal(requests.all.length, asked);
  connection.close();
  assert.deepEqual([clock.waiting, clock.sleepers.size], [0, 0]);
});

test('a request that fails or hangs ends the asking; then everything is tried again', async () => {
  for (const hangs of [true, false]) {
    const { clock, requests, links, phases } = await polling();
    await clock.run(2);
    if (hangs) await clock.run(5);
    else await requests.last.fail();
    assert.deepEqual(links.splice(0), [{ phase: 'waiting', seconds: 0.5 }]);
    await clock.run(0.5);
    Socket.last.lose(1006);
    await requests.last.fail();
    assert.deepEqual(links.splice(0), [{ phase: 'connecting' }, { phase: 'waiting', seconds: 1 }]);
    await clock.run(1);
    Socket.last.lose(1006);
    await requests.last.answer(NOTHING);
    assert.deepEqual(phases(), ['connecting', 'polling']);
    await clock.run(2);
    await requests.last.fail();
    assert.deepEqual(links, [{ phase: 'waiting', seconds: 0.5 }]); // as after the first failure
  }
});

test('each wait is twice as long, up to ten seconds, and never quite as long as others', async () => {
  for (const [random, share] of [[() => 0, 0.5], [() => 1, 1]]) {
    const { clock, requests, links, connection } = live();
    clock.random = /** @type {() => number} */ (random);
    Socket.last.lose(1006);
    for (let times = 0; times < 6; times += 1) {
      connection.open();
      Socket.last.lose(1006);
      await requests.last.fail();
    }
    const waits = links.filter(({ phase }) => phase === 'waiting').map(({ seconds }) => seconds / Number(share));
    assert.deepEqual(waits, [0.5, 1, 2, 4, 8, 10, 10]);
  }
});

test('an unknown job is the end, whoever says so', async () => {
  const told = connected();
  Socket.last.lose(4404);
  const asked = await polling();
  await asked.clock.run(2);
  await asked.requests.last.answer(null);
  for (const { clock, phases } of [told, asked]) {
    assert.equal(phases().pop(), 'unknown');
    assert.deepEqual([clock.waiting, clock.sleepers.size], [0, 0]);
  }
});

test('what was replaced or closed says nothing any more', async () => {
  const { clock, requests, connection, phases } = connected();
  const [replaced] = Socket.all;
  connection.open();
  replaced.lose(1006);
  assert.deepEqual(phases(), ['connecting', 'connecting']);
  Socket.last.lose(1006);
  const { answer } = requests.last;
  connection.close();
  await answer(NOTHING);
  await clock.wake();
  await clock.run(100);
  assert.deepEqual(phases(), []);
});
