/** What screen readers announce. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Part, live } from './elements.js';
import { announcer } from '../../static/js/lib/announcer.js';
import { JobStore } from '../../static/js/model/store.js';
import { follow } from '../../static/js/parts/job/pill.js';
import { job } from './jobs.js';
import { NOTHING, Socket, TestClock, setTimers, settled } from './network.js';

const clock = new TestClock();
setTimers(clock);
const PAUSE = 4; // seconds between two sentences

test('an end is said at once, and nothing that was to be said before', async () => {
  for (const sentence of ['one', 'two']) announcer.say(sentence);
  assert.equal(live.textContent, 'one');
  announcer.say('the end', true);
  assert.equal(live.textContent, 'the end');
  await clock.run(PAUSE);
  assert.equal(live.textContent, 'the end');
});

test('a lost connection and its return are said once', async () => {
  const fetch = () => Promise.reject(new TypeError('refused'));
  Object.assign(globalThis, { WebSocket: Socket, fetch, setInterval() {}, clearInterval() {} });
  const pill = new Part({}, { span: [new Part()] });
  const root = new Part({}, { '[data-pill]': [pill] });
  const next = async () => {
    const before = Socket.all.length;
    for (await settled(); Socket.all.length === before; ) await clock.run(0.1);
  };
  await clock.run(PAUSE);
  follow(new JobStore(job([], { state: 'running', ended: false })), root.element);
  Socket.last.hear(NOTHING);
  Socket.last.lose(1006);
  assert.equal(live.textContent, 'The connection is lost; trying again.');
  assert.ok(root.attributes.has('data-stalled'));
  live.textContent = '';
  for (let times = 0; times < 2; times += 1) {
    await next();
    Socket.last.lose(1006);
  }
  await next();
  await clock.run(PAUSE);
  assert.equal(live.textContent, '');
  assert.ok(root.attributes.has('data-stalled'));
  Socket.last.hear(NOTHING);
  assert.equal(live.textContent, 'Connected again.');
  assert.ok(!root.attributes.has('data-stalled'));
});
