import assert from 'node:assert/strict';
import test from 'node:test';
import { Part } from './elements.js';

class Time extends Part {
  title = '';
  dateTime = '2026-11-22T12:00:00Z';
}
Object.assign(globalThis, { HTMLTimeElement: Time });
Object.defineProperty(globalThis, 'navigator', { value: { languages: ['de-DE', 'en-GB', 'en-US'] } });
const { localizeTimes } = await import('../../static/js/lib/localtime.js');

test('times are as the region of the reader writes them, in the language of the page', () => {
  const time = Object.assign(new Time(), { textContent: ' Nov 22, 2026, 12:00 PM UTC ' });
  localizeTimes(new Part({}, { 'time[datetime]:not([title])': [time] }).element);
  assert.ok(/^\d+ Nov 2026, \d\d:\d\d$/.test(time.textContent), time.textContent);
  assert.equal(time.title, 'Nov 22, 2026, 12:00 PM UTC');
});
