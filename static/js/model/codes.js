import { isWhole } from '../lib/search.js';

export const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];

/** The 26 codes that begin with a letter. @param {string} letter */
const startingWith = (letter) => LETTERS.map((second) => letter + second);

/** Every possible code, AA to ZZ. */
export const EVERY_CODE = LETTERS.flatMap(startingWith);

/**
 * Parses codes as the command line does: two letters are a code, one letter is its 26 codes, blanks or commas separate.
 * @param {string} text
 * @returns {string[]} empty if the text contains anything else
 */
export function expandCodes(text) {
  const words = text.toUpperCase().split(/[\s,]+/).filter(Boolean);
  if (!words.every((word) => /^[A-Z]{1,2}$/.test(word))) return [];
  return words.flatMap((word) => (word.length === 1 ? startingWith(word) : [word]));
}

/**
 * The codes that a search spells; none if it is a name: an abbreviation such as "UK", or words such as "El Sa".
 * @param {string} text
 * @param {number} rank  How well the text fits a country.
 * @param {ReadonlySet<string>} known  The codes of countries.
 */
export function spelt(text, rank, known) {
  const words = text.toUpperCase().split(/[\s,]+/).filter(Boolean);
  const isUnknown = words.some((word) => word.length === 2 && !known.has(word));
  const isName = words.length === 1 ? isWhole(rank) : isUnknown && rank < Infinity;
  return isName ? [] : expandCodes(text);
}

/** The inverse of expandCodes(): a letter in place of all its 26 codes. @param {readonly string[]} codes  Sorted. */
export function abbreviate(codes) {
  const given = new Set(codes);
  const whole = new Set(LETTERS.filter((letter) => startingWith(letter).every((code) => given.has(code))));
  return codes.flatMap((code) => {
    if (!whole.has(code[0])) return [code];
    return code[1] === 'A' ? [code[0]] : [];
  });
}
