import { isWhole, isWithin, plain } from '../lib/search.js';
import { spelt } from './codes.js';

/** The names in a list, as "Japan, Brazil" or "Korea, Rep.; Brazil". @param {string} text */
const listed = (text) => text.split(text.includes(';') ? ';' : ',').filter(plain);

/**
 * What a search means: codes that it spells, or names. Commas separate names, unless the whole text is one name.
 * @template {{rank: number}} T
 * @param {string} typed
 * @param {(name: string) => T} fit  Tells what a name fits best, and how well.
 * @param {ReadonlySet<string>} known  The codes of countries.
 * @returns {{codes: string[], fits: T[], missed: string[]}}  Codes, if it spells any; what each name fits; names that fit nothing.
 */
export function meaning(typed, fit, known) {
  const whole = fit(typed);
  const names = listed(typed);
  const each = names.length > 1 && !isWithin(whole.rank) ? names.map(fit) : [];
  const isList = each.some(({ rank }) => isWhole(rank));
  const isNamed = isList && each.every(({ rank }) => isWhole(rank)); // as "UK, US", although UK is not a country's code
  const fits = isList ? each : [whole];
  return {
    codes: isNamed ? [] : spelt(typed, whole.rank, known),
    fits,
    missed: (isList ? names : [typed]).filter((_, at) => fits[at].rank === Infinity).map((name) => name.trim()),
  };
}
