import { isWhole, isWithin, plain } from '../lib/search.js';
import { spelt } from './codes.js';

/** What stands between the names of a pasted column, and of a row. A name may have a comma, as "Korea, Rep.". */
const BETWEEN_ROWS = /[;；؛]/g;
const BETWEEN_NAMES = /[,，、،]/g;

/**
 * What a search means: codes that it spells, or one or several names.
 * @template {{rank: number}} T
 * @param {string} typed
 * @param {(name: string) => T} fit  Tells what a name fits best, and how well.
 * @param {ReadonlySet<string>} known  The codes of countries.
 * @returns {{codes: string[], fits: T[], missed: string[]}}  The codes; what the names fit; the names that fit nothing.
 */
export function parseQuery(typed, fit, known) {
  const whole = fit(typed);
  const names = listed(typed, fit);
  const each = names.map(fit);
  const isList = names.length > 1 && each.some(({ rank }) => isWhole(rank));
  const isNamed = isList && each.every(({ rank }) => isWhole(rank)); // as "UK, US", though UK is not a country's code
  const codes = isNamed ? [] : spelt(typed.replace(BETWEEN_ROWS, ',').replace(BETWEEN_NAMES, ','), whole.rank, known);
  if (!isList) return { codes, fits: [whole], missed: whole.rank < Infinity ? [] : [typed.trim()] };
  // In a list, a part of a name is not enough: the head of a column, "Name", is in "Suriname".
  return { codes, fits: each.filter(({ rank }) => isWithin(rank)), missed: names.filter((_, at) => !isWithin(each[at].rank)) };
}

/** The names in a text, each once. @param {string} typed @param {(name: string) => {rank: number}} fit */
function listed(typed, fit) {
  const names = typed.split(BETWEEN_ROWS).flatMap((row) => (isWithin(fit(row).rank) ? [row] : row.split(BETWEEN_NAMES)));
  return [...new Set(names.filter(plain).map((name) => name.trim()))];
}
