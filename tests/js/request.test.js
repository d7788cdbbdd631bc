/** @import { JobRequest } from '../../static/js/model/request.js' */
import assert from 'node:assert/strict';
import test from 'node:test';
import { EVERY_CODE, abbreviate, expandCodes } from '../../static/js/model/codes.js';
import { command } from '../../static/js/model/command.js';
import { lean, query, requestOf } from '../../static/js/model/request.js';
import { partsOf, shortName } from '../../static/js/model/naming.js';
import { Selection } from '../../static/js/model/selection.js';
import { job, often } from './jobs.js';

const WHOLE_LETTER = expandCodes('B');
/** @type {JobRequest} */
const DEFAULTS = {
  select: 'pop20', server: 'LOCAL', strategy: 'as_completed', max_req: 30, attempts: 1,
  delay: 0.5, spread: 0.5, errors: 0.1, seed: 1,
};

/** The line for a terminal, and the query of the link. @type {[JobRequest, string, string][]} */
const SHORTEST = [
  [{}, '', ''],
  [{ select: 'pop20', server: 'LOCAL', max_req: 30, attempts: 1 }, '', ''],
  [{ select: 'all' }, ' -a', 'select=all'],
  [{ select: 'every', limit: 10 }, ' -e -l 10', 'select=every&limit=10'],
  [{ codes: [...WHOLE_LETTER, 'CN'] }, ' B CN', 'codes=B+CN'],
  [{ strategy: 'sequential', max_req: 5 }, ' --strategy sequential', 'strategy=sequential&max_req=5'],
  [
    { codes: ['BR'], server: 'DELAY', strategy: 'map', max_req: 5, attempts: 2 },
    ' -m 5 -s DELAY --strategy map --attempts 2 BR',
    'codes=BR&server=DELAY&strategy=map&max_req=5&attempts=2',
  ],
  [{ server: 'LAB', delay: 0.5, spread: 0.5, errors: 0.1, seed: 1 }, ' -s LAB', 'server=LAB'],
  [
    { server: 'LAB', delay: 0.2, spread: 0, errors: 1, seed: 7 },
    ' -s LAB --delay 0.2 --spread 0 --errors 1 --seed 7',
    'server=LAB&delay=0.2&spread=0&errors=1&seed=7',
  ],
];
for (const [request, line, link] of SHORTEST) {
  test(`the shortest line and link of ${JSON.stringify(request).slice(0, 60)}`, () => {
    const least = lean(request, DEFAULTS);
    assert.equal(command(least), `python -m flagdl${line}`);
    assert.equal(query(least), link);
  });
}

test('a job is asked for again with its own codes', () => {
  const { spec } = job([], { spec: { codes: [...WHOLE_LETTER, 'CN'], max_req: 5 } });
  assert.deepEqual(requestOf({ spec }), { ...spec, codes: ['B', 'CN'] });
});

test('codes are read as the command line reads them', () => {
  assert.deepEqual(expandCodes(' br, CN\nfr '), ['BR', 'CN', 'FR']);
  assert.deepEqual(expandCodes('b fr'), [...WHOLE_LETTER, 'FR']);
  for (const text of ['', 'fra', 'b1', 'BR;CN', 'É']) assert.deepEqual(expandCodes(text), [], text);
  assert.equal(EVERY_CODE.length, 676);
});

test('an abbreviation expands to the same codes', () => often(100, (random) => {
  const letters = [...'ABCDE'].filter(() => random() < 0.5).flatMap(expandCodes);
  const codes = [...new Set([...letters, ...EVERY_CODE.filter(() => random() < 0.1)])].sort();
  const short = abbreviate(codes);
  assert.deepEqual(expandCodes(short.join(' ')), codes);
  assert.ok(short.length <= codes.length);
}));

/** @type {[string, string[]][]} */
const NAMES = [
  ['Africa 2', ['DZ', 'EG']],
  ['Africa 2, Asia 1', ['CN', 'DZ', 'EG']],
  ['Top 3', ['BR', 'DZ', 'EG']],
  ['Top 3, Asia 1, FR', ['BR', 'CN', 'DZ', 'EG', 'FR']],
  ['BR, CL, IN, +2', ['BR', 'CL', 'IN', 'PE', 'US']],
  ['FR', ['FR']],
  ['B… 26', WHOLE_LETTER],
  ['B… 26, FR, IN, +1', [...WHOLE_LETTER, 'FR', 'IN', 'US']],
  ['', []],
];
const GROUPS = [
  { name: 'Top', codes: ['BR', 'DZ', 'EG'] },
  { name: 'Africa', codes: ['DZ', 'EG'] },
  { name: 'Asia', codes: ['CN'] },
];
for (const [name, codes] of NAMES) {
  test(`a selection is named ${name}`, () => {
    assert.equal(shortName(codes, GROUPS), name);
  });
}

test('every code of a choice is in a part, which may be removed', () => {
  const codes = [...WHOLE_LETTER, 'CN', 'FR', 'IN', 'US'];
  const parts = partsOf(codes, GROUPS, (code) => (code === 'FR' ? 'France' : code));
  assert.deepEqual(parts.map(({ name }) => name), ['Asia 1', 'B… 26', 'France', '+2']);
  assert.deepEqual(parts.flatMap((part) => part.codes).sort(), codes);
});

test('a selection is sorted, and tells of each change once', () => {
  const selection = new Selection();
  let changes = 0;
  selection.addEventListener('changed', () => (changes += 1));
  selection.set(['FR', 'BR', 'FR']);
  assert.deepEqual(selection.codes, ['BR', 'FR']);
  selection.mark(['BR', 'CN'], false);
  selection.mark(['AA', 'CN'], true);
  assert.deepEqual([selection.codes, selection.size, changes], [['AA', 'CN', 'FR'], 3, 3]);
  assert.ok(selection.has('CN') && !selection.has('BR'));
  assert.ok(selection.is(['FR', 'CN', 'AA']) && !selection.is(['FR', 'CN']) && !selection.is(['FR', 'CN', 'XX']));
});
