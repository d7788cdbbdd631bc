/**
 * How well a search fits a country: one rule for the picker and the gallery. flagdl/model/search.py has the same rule
 * for pages without scripts; tests/fixtures/search.json tests both.
 *
 * @typedef {object} Terms  What a country is called, as plain() returns it. The first name and capital are those shown.
 * @property {readonly string[]} codes  And abbreviations: only a whole one fits.
 * @property {readonly string[]} names
 * @property {readonly string[]} capitals
 * @property {readonly string[]} cities  Other names of the capitals and the largest city: only a whole one fits.
 */

const APOSTROPHES_AND_POINTS = /['’‘ʼʻʹʿ`´.·]/g;
const BETWEEN_WORDS = /[^\p{L}\p{N}]+/gu;
const IGNORED = new Set(['and', 'the']);
/** A text in lower case without accents, apostrophes, punctuation, "and" and "the". @param {string} text */
export function plain(text) {
  const letters = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const words = letters.replace(APOSTROPHES_AND_POINTS, '').replaceAll('&', ' and ').split(BETWEEN_WORDS).filter(Boolean);
  const telling = words.filter((word) => !IGNORED.has(word));
  return (telling.length ? telling : words).join(' ');
}

/**
 * How well a plain query fits: lower is better; Infinity if it doesn't fit. The best is a whole name. Then come: the
 * start of a name; words of a name; a name with further words after it ("Iran, Islamic Republic of"); a part of the
 * shown name. At each step, capitals come after names. Between equals, the shown name comes first, then the shorter one.
 * @param {Terms} terms
 * @param {string} query
 */
export function rank({ codes, names, capitals, cities }, query) {
  const [whole, words] = [joined(query), query.split(' ')];
  if (query === '' || codes.includes(whole)) return 0;
  /** @param {readonly string[]} texts */
  const best = (texts) => {
    let least = Infinity;
    for (let at = 0; at < texts.length; at += 1) {
      least = Math.min(least, 2 * fit(texts[at], query, whole, words, at === 0) + Math.sign(at) / 2 + texts[at].length / 1000);
    }
    return least;
  };
  return Math.min(best(names), best(capitals) + 1, cities.includes(query) ? 1.9 : Infinity);
}

/** Whether each wanted word begins a different word, in any order. @param {string} text @param {string[]} wanted */
function hasWords(text, wanted) {
  if (!wanted.every((start) => text.includes(start))) return false; // a quick test for most texts
  const left = text.split(' ');
  return wanted.every((start) => {
    const at = left.findIndex((word) => word.startsWith(start));
    return at >= 0 && left.splice(at, 1);
  });
}

/** Whether a query is a whole name, code, capital or city. @param {number} rank */
export const isWhole = (rank) => rank < 2;

/** Whether a name has all words of the query, as for "Iran, Islamic Republic". @param {number} rank */
export const isWithin = (rank) => rank < 6;

/** @param {string} text @param {string} query @param {string} whole @param {string[]} words @param {boolean} shown */
function fit(text, query, whole, words, shown) {
  // "timorleste" is as good as "timor leste".
  if (text[0] === query[0] && joined(text).startsWith(whole)) return joined(text) === whole ? 0 : 1;
  if (query.length <= text.length && hasWords(text, words)) return 2;
  if (text && query.startsWith(`${text} `)) return 3;
  return shown && text.includes(query) ? 4 : Infinity;
}

/** @param {string} text */
const joined = (text) => text.replaceAll(' ', '');
