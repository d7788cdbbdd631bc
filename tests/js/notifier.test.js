import assert from 'node:assert/strict';
import test from 'node:test';
import { Part, page } from './elements.js';
import { JobStore } from '../../static/js/model/store.js';
import { Notifier } from '../../static/js/parts/job/notifier.js';
import { job, row } from './jobs.js';
import { settled } from './network.js';

/** The part of the Notification API that the page uses. A test sets the reader's answer. */
class TestNotification extends EventTarget {
  static permission = 'default';
  /** @type {string | Promise<string>} */
  static answer = '';
  static works = true;
  /** @type {TestNotification[]} */
  static all = [];
  closed = false;

  static async requestPermission() {
    return (this.permission = await this.answer);
  }

  /** @param {string} title @param {{body: string}} options */
  constructor(title, { body }) {
    super();
    if (!TestNotification.works) throw new TypeError('Illegal constructor'); // as in Chrome on Android
    this.said = `${title}: ${body}`;
    TestNotification.all.push(this);
  }

  close() {
    this.closed = true;
  }
}

/** @type {Map<string, string>} */
const kept = new Map();
let focused = false;
Object.assign(globalThis, {
  Notification: TestNotification,
  localStorage: { getItem: (/** @type {string} */ name) => kept.get(name) ?? null, setItem: kept.set.bind(kept) },
  focus: () => (focused = true),
});

/** A browser that was never asked. @param {string | Promise<string>} answer */
function browser(answer, works = true) {
  kept.clear();
  Object.assign(TestNotification, { permission: 'default', answer, works, all: [] });
  Object.assign(page, { hidden: false, activeElement: null });
}

/** A job's page in that browser, while the job runs. */
function shown() {
  const [button, title] = [new Part(), new Part()];
  const notifier = new Notifier(new Part({}, { '[data-notify]': [button], h2: [title] }).element);
  const store = new JobStore(job([row('BR')], { state: 'running', ended: false }));
  const look = () => {
    notifier.look(store);
    notifier.update(store);
  };
  const end = () => {
    const counts = { ok: 1, not_found: 0, error: 0, cancelled: 0 };
    store.apply([{ type: 'job_finished', seq: 2, t: 2, state: 'finished', counts, returned: 1, elapsed: 2, detail: '' }]);
    look();
  };
  const press = () => {
    button.focus();
    button.click();
    return settled();
  };
  notifier.reset();
  look();
  return { button, title, end, press };
}

for (const [answer, hidden, told] of /** @type {const} */ ([['granted', true, 1], ['granted', false, 0], ['denied', true, 0]])) {
  test(`the end is told ${told} times where it is ${answer} and the page is ${hidden ? 'hidden' : 'seen'}`, async () => {
    browser(answer);
    const { button, title, press, end } = shown();
    assert.deepEqual([button.hidden, button.element.ariaPressed], [false, 'false']);
    await press();
    assert.deepEqual([button.hidden, button.element.ariaPressed], answer === 'granted' ? [false, 'true'] : [true, 'false']);
    page.hidden = hidden;
    end();
    assert.ok(button.hidden);
    assert.equal(page.activeElement, title); // the button with the focus is gone
    assert.equal(TestNotification.all.length, told);
  });
}

test('what is told leads back to the page', async () => {
  browser('granted');
  const { press, end } = shown();
  await press();
  page.hidden = true;
  end();
  const [told] = TestNotification.all;
  assert.equal(told.said, 'flagdl: Finished after 2.00 s: 0 saved.');
  told.dispatchEvent(new Event('click'));
  assert.deepEqual([focused, told.closed], [true, true]);
});

test('who allows it after the end is offered nothing', async () => {
  let allow = (/** @type {string} */ _answer) => {};
  browser(new Promise((answered) => (allow = answered)));
  const { button, press, end } = shown();
  await press();
  end();
  allow('granted');
  await settled();
  assert.deepEqual([button.hidden, button.element.ariaPressed], [true, 'true']);
});

test('a browser that cannot tell offers it no more', async () => {
  browser('granted', false);
  const { button, press, end } = shown();
  await press();
  assert.equal(button.element.ariaPressed, 'true');
  page.hidden = true;
  end();
  assert.ok(shown().button.hidden);
});
