/** The list of jobs: when it asks the server, and how a deletion is undone or fails. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Part, live, page } from './elements.js';
import { TestClock, setTimers, settled } from './network.js';

/** @typedef {{path: string, etag?: string, answer: (status: number, etag?: string) => Promise<void>}} Asked */

const clock = new TestClock();
setTimers(clock);
/** What listens on the window or on the document. @type {Map<string, (event: object) => void>} */
const listening = new Map();
const addEventListener = (/** @type {string} */ type, /** @type {() => void} */ act) => listening.set(type, act);
const timeout = () => new AbortController().signal;
/** What the server renders. */
const same = { isEqualNode: () => true };
/** @type {Asked[]} */
let asked = [];
Object.assign(page, { addEventListener });
Object.assign(globalThis, {
  addEventListener,
  Element: Part,
  HTMLInputElement: Part,
  HTMLTimeElement: class extends Part {},
  AbortSignal: { any: AbortSignal.any, timeout }, // else a real time limit would keep waiting
  DOMParser: class {
    parseFromString = () => ({ getElementById: () => same });
  },
  /** @param {string} path @param {{headers: Record<string, string>, signal?: AbortSignal}} options */
  fetch: (path, { headers, signal }) =>
    new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason));
      const answer = (/** @type {number} */ status, etag = '') => {
        if (!status) reject(new TypeError('refused'));
        else resolve({ status, ok: status < 300, headers: new Headers({ ETag: etag }), text: async () => '', json: async () => ({ detail: 'full' }) });
        return settled();
      };
      asked.push({ path, etag: headers?.['If-None-Match'], answer });
    }),
});
Object.defineProperty(globalThis, 'navigator', { value: { languages: ['en'] } });
const { Deletions } = await import('../../static/js/parts/history/deletions.js');
const { LivePage } = await import('../../static/js/parts/history/livepage.js');

/** Ends everything that an earlier test has left running. */
async function anew() {
  page.hidden = true;
  await clock.run(60);
  asked = [];
  listening.clear();
  live.textContent = '';
  page.hidden = false;
}

/** A live part of the page; `told` is what it dispatches. @param {boolean} [running] */
async function living(running = false) {
  await anew();
  const root = Object.assign(new Part({}, { '[data-state=running], [data-state=pending]': running ? [new Part()] : [] }), { cloneNode: () => same });
  const part = new LivePage(root.element);
  /** @type {string[]} */
  const told = [];
  for (const type of ['answered', 'lost']) part.addEventListener(type, () => told.push(type));
  return { part, told };
}

test('it asks now and then, says what it knows, and tells when it gets no answer', async () => {
  const { told } = await living();
  await clock.run(1);
  assert.deepEqual(asked.map(({ path, etag }) => [path, etag]), [['http://localhost/jobs/1', undefined]]);
  await asked[0].answer(200, '"one"');
  await clock.run(3.9);
  assert.equal(asked.length, 1);
  await clock.run(0.1);
  assert.equal(asked[1].etag, '"one"'); // nothing is sent twice
  await asked[1].answer(304);
  for (const status of [0, 503, 304]) {
    await clock.run(4);
    await asked[asked.length - 1].answer(status);
  }
  assert.deepEqual(told, ['answered', 'answered', 'lost', 'lost', 'answered']);
});

test('while a job runs it asks every second', async () => {
  await living(true);
  for (let times = 1; times < 4; times += 1) {
    await clock.run(1);
    assert.equal(asked.length, times);
    await asked[times - 1].answer(304);
  }
});

test('a hidden page asks for nothing, and at once when it is seen again', async () => {
  const { told } = await living();
  page.hidden = true;
  await clock.run(60);
  assert.equal(asked.length, 0);
  page.hidden = false;
  listening.get('visibilitychange')?.({});
  assert.equal(asked.length, 1);
  listening.get('visibilitychange')?.({}); // what was asked may never be answered
  await settled();
  assert.deepEqual([asked.length, told], [2, []]);
  await asked[1].answer(200);
  assert.deepEqual(told, ['answered']);
});

test('what was asked before a deletion is asked once more, with no timer', async () => {
  const { part } = await living();
  await clock.run(1);
  part.refresh();
  assert.equal(asked.length, 1);
  await asked[0].answer(200);
  assert.equal(asked.length, 2);
  await asked[1].answer(200);
  assert.equal(asked.length, 2);
});

/** A list with job 7. `press` presses one of its buttons, `struck` is whether it is struck out. */
async function listed() {
  await anew();
  const [box, undo, remove] = ['job', 'undo', 'delete'].map((name) => Object.assign(new Part(), { name, value: '7', disabled: false, checked: false }));
  const row = new Part({}, { '[name=job]': [box], '[name=undo]': [undo], '[name=delete]': [remove] });
  row.contains = (other) => [undo, remove].includes(/** @type {any} */ (other));
  let pressed = remove;
  const root = Object.assign(new Part({}, { '#job-7': [row] }), { closest: () => pressed });
  /** @type {string[]} */
  const problems = [];
  let deleted = 0;
  new Deletions(root.element, () => (deleted += 1), (message) => problems.push(message));
  /** @param {typeof undo} button */
  const press = (button, detail = 1) => {
    pressed = button;
    button.focus();
    root.dispatchEvent(Object.assign(new Event('click'), { detail }));
  };
  return { box, undo, remove, press, problems, struck: () => row.attributes.has('data-struck'), deleted: () => deleted };
}

test('a deletion is undone, or is done after a while', async () => {
  const { box, undo, remove, press, struck, deleted } = await listed();
  press(remove);
  assert.deepEqual([struck(), box.disabled, page.activeElement], [true, true, undo]);
  press(undo, 2); // it was meant for Delete
  assert.ok(struck());
  press(undo);
  assert.deepEqual([struck(), box.disabled, page.activeElement], [false, false, remove]);
  await clock.run(9);
  assert.equal(asked.length, 0);
  press(remove);
  await clock.run(7.9);
  assert.equal(asked.length, 0);
  await clock.run(0.1);
  assert.deepEqual([asked.map(({ path }) => path), deleted()], [['/api/jobs/7'], 0]);
  await asked[0].answer(204);
  assert.deepEqual([struck(), deleted()], [true, 1]);
});

test('what is being deleted cannot be undone, and nothing else is said of it', async () => {
  const { undo, remove, press, struck } = await listed();
  press(remove);
  await clock.run(8);
  press(undo);
  await clock.run(8);
  assert.deepEqual([struck(), live.textContent], [true, 'Job 7 is deleted. It can be undone for a few seconds.']);
});

for (const [status, expected] of /** @type {const} */ ([[503, ['full']], [404, []]])) {
  test(`a deletion that is answered by ${status} fails ${expected.length} times`, async () => {
    const { remove, press, problems, struck, deleted } = await listed();
    press(remove);
    await clock.run(8);
    await asked[0].answer(status);
    assert.deepEqual([problems, struck(), deleted()], [expected, !expected.length, 1]);
  });
}

test('who goes away has not undone it', async () => {
  const { remove, press } = await listed();
  press(remove);
  listening.get('pagehide')?.({});
  assert.equal(asked.length, 1);
  await clock.run(9);
  assert.equal(asked.length, 1);
});
