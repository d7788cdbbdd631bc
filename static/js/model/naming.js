import { number } from '../lib/gettext.js';
import { abbreviate } from './codes.js';

/** A name lists at most so many codes, and counts the others. */
const NAMED = 3;

/** @typedef {{name: string, codes: readonly string[]}} Group  A continent. */

/**
 * A short name of a selection: "Africa 58", "B… 26", "BR, CN, IN +2".
 * @param {readonly string[]} codes  Sorted.
 * @param {readonly Group[]} groups
 */
export function shortName(codes, groups) {
  const names = wholeGroups(codes, groups).map(({ name }) => name);
  if (names.length) return `${names.join(', ')} ${number(codes.length)}`;
  const words = abbreviate(codes);
  const named = words.slice(0, NAMED);
  const others = codes.length - named.reduce((sum, word) => sum + (word.length === 1 ? 26 : 1), 0);
  const text = named.map((word) => (word.length === 1 ? `${word}…` : word)).join(', ');
  if (others) return `${text} +${number(others)}`;
  return codes.length > named.length ? `${text} ${number(codes.length)}` : text;
}

/**
 * The groups that the codes consist of; none if there are other codes.
 * @param {readonly string[]} codes
 * @param {readonly Group[]} groups
 */
function wholeGroups(codes, groups) {
  const chosen = new Set(codes);
  const whole = groups.filter((group) => group.codes.every((code) => chosen.has(code)));
  return whole.reduce((sum, group) => sum + group.codes.length, 0) === codes.length ? whole : [];
}
