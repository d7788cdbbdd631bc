import assert from 'node:assert/strict';
import test from 'node:test';

const page = Object.assign(new EventTarget(), { hidden: false });
const around = new EventTarget();
Object.assign(globalThis, {
  document: page,
  addEventListener: around.addEventListener.bind(around),
});
const { onWake } = await import('../../static/js/lib/wake.js');

test('a page wakes when the network is back, and when it is shown or goes on again', () => {
  let woken = 0;
  const stop = onWake(() => {
    woken += 1;
  });
  const wakes = () => {
    const before = woken;
    around.dispatchEvent(new Event('online'));
    around.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
    page.dispatchEvent(new Event('resume'));
    page.dispatchEvent(new Event('visibilitychange'));
    return woken - before;
  };
  assert.equal(wakes(), 4);
  page.hidden = true;
  assert.equal(wakes(), 3);
  around.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: false })); // a first load
  assert.equal(woken, 7);
  stop();
  assert.equal(wakes(), 0);
});
