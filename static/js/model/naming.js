import { number } from '../lib/gettext.js';
import { LETTERS, expandCodes } from './codes.js';

/** At most this many parts have a name; the others are counted. */
const NAMED = 3;

/** @typedef {{name: string, codes: readonly string[]}} Group  A preset or a continent. */

/** @type {Group[]} */
const OF_A_LETTER = LETTERS.map((letter) => ({ name: `${letter}…`, codes: expandCodes(letter) }));

/**
 * The parts of a choice: whole groups and letters, then single codes. The last part may be the rest, as "+2".
 * @param {readonly string[]} codes  Sorted.
 * @param {readonly Group[]} groups  The first ones are preferred.
 * @param {(code: string) => string} nameOf
 */
export function partsOf(codes, groups, nameOf = (code) => code) {
  const chosen = new Set(codes);
  const left = new Set(codes);
  /** @type {Group[]} */
  const parts = [];
  for (const { name, codes } of [...groups, ...OF_A_LETTER]) {
    if (!codes.every((code) => chosen.has(code)) || !codes.some((code) => left.has(code))) continue;
    parts.push({ name: `${name} ${number(codes.length)}`, codes });
    for (const code of codes) left.delete(code);
  }
  for (const code of left) parts.push({ name: nameOf(code), codes: [code] });
  const rest = parts.splice(NAMED).flatMap(({ codes }) => codes);
  return rest.length ? [...parts, { name: `+${number(rest.length)}`, codes: rest }] : parts;
}

/** A choice in a few words: "Africa 58", "B… 26", "BR, CN, IN, +2". @param {readonly string[]} codes @param {readonly Group[]} groups */
export const shortName = (codes, groups) => partsOf(codes, groups).map(({ name }) => name).join(', ');
