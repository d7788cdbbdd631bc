/** Which choices are offered beside the search. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Part } from './elements.js';
import { Selection } from '../../static/js/model/selection.js';
import { Chips } from '../../static/js/parts/form/chips.js';

/** @type {Map<string, string>} */
const kept = new Map();
Object.assign(globalThis, {
  localStorage: {
    getItem: (/** @type {string} */ key) => kept.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ text) => kept.set(key, text),
  },
});
Object.assign(document, { createElement: () => new Part() });

const TOP = { name: 'Top', codes: ['BR', 'CN'] };

/** @param {string[]} codes */
function offered(...codes) {
  const [root, selection] = [new Part(), new Selection()];
  const chips = new Chips(root.element, selection, [TOP], [TOP], (code) => code);
  selection.set(codes);
  const names = root.children.map((chip) => /** @type {Part} */ (chip).textContent);
  return { chips, names };
}

for (const [text, names] of /** @type {[string, string[]][]} */ ([
  ['{', []],
  ['null', []],
  ['{"a": 1}', []],
  ['[1, null, "", "../x", "B", "FR x1", "c"]', ['B… 26', 'C… 26']],
])) {
  test(`what the browser kept may be nonsense: ${text}`, () => {
    kept.set('recent', text);
    assert.deepEqual(offered('DD').names, ['DD ×', 'Top 2', ...names]);
  });
}

test('the five that were started last are offered, the last one first', () => {
  kept.clear();
  const { chips } = offered();
  for (const code of ['AA', 'BB', 'CC', 'DD', 'BB', 'EE', 'FF']) chips.remember([code]);
  assert.deepEqual(offered('DD').names, ['DD ×', 'Top 2', 'FF', 'EE', 'BB', 'CC']);
});
