/** The rules that Python has, too: both are tested with the same fixtures. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { duration, server, standing, tally } from '../../static/js/lib/text.js';
import { Collection } from '../../static/js/model/collection.js';
import { isException as is_exception } from '../../static/js/text/job.js';

/** @param {string} name */
const fixture = (name) => JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'));

/** @type {Record<string, (of: any) => unknown>} */
const SAYS = { duration, is_exception, server, standing, tally };

for (const { say, of, en } of fixture('words')) {
  test(`${say}(${JSON.stringify(of)})`, () => assert.deepEqual(SAYS[say](of), en));
}

const { cards, cases } = fixture('gallery');

for (const { view, shown } of cases) {
  test(`the gallery shows ${JSON.stringify(view)}`, () =>
    assert.deepEqual(new Collection(cards, view).shown.map(({ cc }) => cc), shown));
}
