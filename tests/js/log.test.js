/** What the log finds and counts, and that it gives the causes of failures in the reader's language. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Part, page } from './elements.js';
import { job, row, saved } from './jobs.js';

const REFUSED = 'в соединении отказано';
const BUG = 'Ошибка в flagdl:';
const messages = { refused: REFUSED, failed: 'сбой', 'The job stopped because of a bug in flagdl:': BUG };
Object.assign(globalThis, { HTMLInputElement: Part, SVGUseElement: Part });
Object.assign(page.documentElement, { lang: 'ru' });
Object.assign(page, {
  querySelector: (/** @type {string} */ selector) => (selector === '#messages' ? { textContent: JSON.stringify(messages) } : null),
  createElement: () => new Part(),
});
// The language is read when these are loaded.
const { JobStore } = await import('../../static/js/model/store.js');
const { LogFilter } = await import('../../static/js/parts/log/filter.js');
const { Headline } = await import('../../static/js/parts/job/headline.js');
const ofFlag = await import('../../static/js/text/flag.js');
const ofLog = await import('../../static/js/text/log.js');

const failed = row('CN', { status: 'error', detail: 'refused', attempts: 1 });
const items = [saved('AD', 0, 1), saved('AE', 0, 1), failed, row('BQ', { status: 'not_found' })];
const names = new Map([['AD', 'Andorra'], ['AE', 'United Arab Emirates'], ['CN', 'China']]);
const counts = { ok: 2, not_found: 1, error: 1, cancelled: 0 };

/** A filter with the elements of the page. */
function shown() {
  const search = Object.assign(new Part(), { value: '' });
  const radios = ['', 'ok', 'not_found', 'error', 'cancelled'].map((value) =>
    Object.assign(new Part(), { value, id: `log-${value}`, checked: !value }));
  const [labels, numbers] = [radios.map(() => new Part()), radios.map(() => new Part())];
  /** @type {Record<string, Part[]>} */
  const found = { '[type=search]': [search], '[type=radio]': radios };
  for (const [at, { id }] of radios.entries()) {
    found[`[for="${id}"]`] = [labels[at]];
    found[`[for="${id}"] [data-count]`] = [numbers[at]];
  }
  const root = new Part({}, found);
  let changes = 0;
  const filter = new LogFilter(root.element, names, () => (changes += 1));
  /** What is listed for an outcome and a search. @param {string} status @param {string} text */
  const lists = (status, text) => {
    search.value = text;
    for (const radio of radios) radio.checked = radio.value === status;
    root.dispatchEvent(new Event('input'));
    return items.filter((row) => filter.matches(row)).map(({ cc }) => cc).join();
  };
  return { filter, lists, radios, labels, numbers, changes: () => changes };
}

test('it is filtered by outcome, and by code, name or message', () => {
  const { filter, lists, changes } = shown();
  assert.ok(!filter.active);
  for (const [status, text, expected] of [
    ['', '', 'AD,AE,CN,BQ'], ['ok', '', 'AD,AE'], ['not_found', '', 'BQ'], ['error', '', 'CN'],
    ['', ' ANDÓRRA', 'AD'], ['', 'uae', 'AE'], ['', 'bq', 'BQ'], ['', REFUSED, 'CN'], ['', 'refused', ''], ['ok', 'china', ''],
  ]) {
    assert.equal(lists(status, text), expected, `${status} ${text}`);
    assert.equal(filter.active, Boolean(status || text));
  }
  assert.equal(changes(), 10);
});

test('it counts each outcome, and offers none that did not occur unless it is chosen', () => {
  const { filter, radios, labels, numbers } = shown();
  const store = new JobStore(job(items, { counts }));
  filter.count(store);
  assert.deepEqual(numbers.map(({ textContent }) => textContent), ['4', '2', '1', '1', '0']);
  assert.deepEqual(labels.map(({ hidden }) => hidden), [false, false, false, false, true]);
  filter.choose('cancelled');
  filter.count(store);
  assert.deepEqual([radios.map(({ checked }) => checked), radios[4].hidden], [[false, false, false, false, true], false]);
});

test('why it failed is said in the language of the reader', () => {
  assert.ok(ofLog.line(failed).endsWith(REFUSED));
  assert.equal(ofLog.facts(failed, job([]))[0][1], REFUSED);
  assert.equal(ofFlag.outcome(failed, 'error'), `сбой: ${REFUSED}`);
});

test('a bug is told from a sentence', () => {
  const state = new Part({}, { use: [Object.assign(new Part(), { href: { baseVal: 'x#failed' } })], span: [new Part()] });
  const detail = new Part();
  const view = new Headline(new Part({}, { '[data-state]': [state], '[data-elapsed]': [new Part()], '[data-detail]': [detail] }).element);
  view.update(new JobStore(job([], { state: 'failed', detail: 'the servers did not start' })));
  assert.equal(detail.textContent, 'the servers did not start');
  view.update(new JobStore(job([], { state: 'failed', detail: "KeyError('x')" })));
  const [said, exception] = /** @type {[string, Part]} */ (detail.children);
  assert.deepEqual([said, exception.textContent], [`${BUG} `, "KeyError('x')"]);
});
