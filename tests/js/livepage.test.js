import assert from 'node:assert/strict';
import test from 'node:test';
import './elements.js';
import { TestClock, setTimers } from './network.js';

Object.assign(globalThis, { navigator: { languages: [] }, Element: class {}, HTMLTimeElement: class {} });
const { LivePage } = await import('../../static/js/parts/history/livepage.js');
const clock = new TestClock();
setTimers(clock);
AbortSignal.timeout = (milliseconds) => {
  const abort = new AbortController();
  clock.after(milliseconds, () => abort.abort());
  return abort.signal;
};

test('a request that gets no answer is given up, and made anew', async () => {
  let answers = false;
  const fetch = (/** @type {string} */ _url, /** @type {{signal: AbortSignal}} */ { signal }) =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', reject);
      if (answers) resolve({ status: 304 });
    });
  Object.assign(globalThis, { fetch });
  const root = { cloneNode() {}, querySelectorAll: () => [] };
  const live = new LivePage(/** @type {any} */ (root));
  /** @type {string[]} */
  const heard = [];
  for (const name of ['answered', 'lost']) live.addEventListener(name, () => heard.push(name));
  await clock.run(5.9);
  assert.deepEqual(heard, []);
  await clock.run(0.2);
  assert.deepEqual(heard, ['lost']);
  answers = true;
  await clock.run(4);
  assert.deepEqual(heard, ['lost', 'answered']);
});
