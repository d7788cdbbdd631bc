/** @import { Card } from '../../static/js/model/collection.js' */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { Collection } from '../../static/js/model/collection.js';

/** @param {string} cc @param {number} bytes @param {number} second */
const flag = (cc, bytes, second) => ({
  cc, name: cc, continent: 'Asia', bytes, width: 4, height: 3, url: `${cc}${second}`, job: null,
  saved_at: `2026-01-01T00:00:0${second}.000+00:00`,
});

/** @param {string} cc @param {Card['flag']} [flag] @param {string} [continent] @returns {Card} */
const card = (cc, flag = null, continent = 'Asia') => ({ cc, name: cc, capital: '', continent, flag });
const VIEW = { q: '', continent: '', sort: 'name', show: 'all' };
const [A, B, C] = [flag('A', 2, 1), flag('B', 3, 5), flag('C', 1, 3)];

const gallery = () => new Collection([card('C', C), card('B'), card('A', A)], VIEW);

/** @param {Collection} collection */
const shown = ({ shown }) => shown.map(({ cc }) => cc).join('');

/** The server has the same rules. @type {{cards: Card[], cases: {view: typeof VIEW, shown: string[]}[]}} */
const RULES = JSON.parse(readFileSync(new URL('../fixtures/gallery.json', import.meta.url), 'utf8'));
for (const { view, shown } of RULES.cases) {
  test(`shown is what the server shows: ${Object.values(view)}`, () =>
    assert.deepEqual(new Collection(RULES.cards, view).shown.map(({ cc }) => cc), shown));
}

test('a card stays in its place while its flag comes and goes', () => {
  const collection = gallery();
  collection.view = { ...VIEW, show: 'missing' };
  collection.beginFetching(['B']);
  assert.ok(collection.get('B')?.fetching);
  collection.setFlags([C, A, B]);
  assert.ok(!collection.get('B')?.fetching);
  assert.equal(shown(collection), 'B', 'it was fetched in this view');
  collection.view = { ...VIEW, show: 'saved' };
  assert.equal(shown(collection), 'CBA');
  collection.setFlags([C]);
  assert.equal(shown(collection), 'C');
});

test('a code of no country has a card while it is saved', () => {
  const collection = gallery();
  collection.setFlags([C, A, flag('QQ', 1, 1)]);
  assert.equal(shown(collection), 'CAQQB');
  assert.deepEqual(collection.share, { saved: 3, total: 4 });
  collection.setFlags([C, A]);
  assert.equal(shown(collection), 'CAB');
  assert.deepEqual(collection.share, { saved: 2, total: 3 });
});

test('it tells what differs, and nothing where nothing does', () => {
  const collection = gallery();
  /** @type {string[]} */
  const told = [];
  collection.addEventListener('changed', (event) => {
    told.push(/** @type {CustomEvent<Card[]>} */ (event).detail.map(({ cc }) => cc).join(''));
  });
  collection.setFlags([C, A]);
  collection.setFlags([flag('C', 1, 4), A]);
  collection.beginFetching(['B', 'XX']);
  collection.endFetching(['B', 'A'], 'refused');
  collection.endFetching(['B']);
  assert.deepEqual(told, ['C', 'B', 'B']);
  assert.equal(collection.get('B')?.problem, 'refused');
});

test('search, continent and what to show are counted apart', () => {
  const cards = [card('AA', A), card('AB'), card('BA', null, 'Europe'), card('AC', null, '')];
  const collection = new Collection(cards, { ...VIEW, q: 'Á', continent: 'Asia', show: 'missing' });
  assert.equal(shown(collection), 'AB');
  assert.deepEqual(collection.found, { all: 2, saved: 1, missing: 1 });
  collection.view = { ...VIEW, continent: 'none' };
  assert.equal(shown(collection), 'AC');
  assert.deepEqual(collection.savedInSight, []);
});

test('thousands are no trouble', () => {
  const many = Array.from({ length: 5000 }, (_, at) => card(`X${at}`));
  const { found } = new Collection(many, { ...VIEW, q: '7', sort: 'code' });
  assert.equal(found.all, many.filter(({ cc }) => cc.includes('7')).length);
});
