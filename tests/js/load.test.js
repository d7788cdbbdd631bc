/** What a page loads when it is opened, and what it keeps in the browser. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Part, page } from './elements.js';
import { Problem } from '../../static/js/lib/api.js';
import { load } from '../../static/js/lib/load.js';
import { recall, remember } from '../../static/js/lib/memory.js';
import { TestClock, setTimers, settled } from './network.js';

const RETRY_AFTER = 4; // seconds
const clock = new TestClock();
setTimers(clock);
/** What is on top of the page. @type {Part[]} */
let shown = [];
const main = Object.assign(new Part(), { prepend: (/** @type {Part} */ part) => shown.push(part) });
Object.assign(globalThis, { HTMLLinkElement: class {}, HTMLDetailsElement: Part, Element: Part, matchMedia: () => ({ matches: true }) });
Object.assign(page, {
  createElement: () => Object.assign(new Part(), { remove: () => (shown = []) }),
  querySelector: (/** @type {string} */ selector) => (selector === 'main' ? main : null),
  querySelectorAll: () => [],
});

for (const [status, last] of /** @type {const} */ ([[200, 'it is there'], [404, 'There is no job 7.']])) {
  test(`what cannot be loaded is asked for again, until the answer is ${status}`, async () => {
    shown = [];
    let answer = 503;
    let asked = 0;
    let loaded = '';
    void load(async () => {
      asked += 1;
      if (answer !== 200) throw new Problem(answer === 503 ? 'The disk is full.' : last, answer);
      return last;
    }).then((what) => (loaded = what));
    await settled();
    assert.ok(/next try is in a few seconds. The disk is full\.$/.test(shown[0].textContent), shown[0].textContent);
    await clock.run(RETRY_AFTER - 0.1);
    assert.equal(asked, 1);
    answer = status;
    await clock.run(0.1);
    await settled();
    assert.deepEqual([asked, loaded, shown.map(({ textContent }) => textContent)], [2, status === 200 ? last : '', status === 200 ? [] : [last]]);
    await clock.run(3 * RETRY_AFTER);
    assert.equal(asked, 2);
  });
}

test('what is folded up is remembered, and only what the reader has folded', async () => {
  /** @type {Map<string, string>} */
  const kept = new Map([['fold.log', 'open']]);
  const localStorage = { getItem: (/** @type {string} */ name) => kept.get(name) ?? null, setItem: kept.set.bind(kept) };
  Object.assign(globalThis, { localStorage });
  const { rememberFolds } = await import('../../static/js/parts/job/folds.js');
  const [log, code] = ['log', 'code'].map((fold) => Object.assign(new Part({ fold }), { open: fold === 'code' }));
  rememberFolds(new Part({}, { '[data-fold]': [log, code] }).element);
  assert.deepEqual([log.open, code.open, kept.get('fold.code')], [true, false, undefined]); // the page has little room
  const press = () => code.dispatchEvent(new Event('click'));
  Object.assign(code, { closest: () => ({ parentElement: code }) });
  press(); // the browser unfolds it then
  assert.equal(kept.get('fold.code'), 'open');
  Object.assign(code, { open: true, closest: () => null });
  press(); // a click elsewhere in it
  assert.equal(kept.get('fold.code'), 'open');
});

test('a browser that keeps nothing forgets, and nothing else fails', () => {
  Object.defineProperty(globalThis, 'localStorage', {
    get() {
      throw new Error('forbidden');
    },
  });
  remember('fold.log', 'open');
  assert.equal(recall('fold.log'), null);
});
