/** @import { Terms } from '../lib/search.js' */
import { plain } from '../lib/search.js';
import { NAMES } from './names.js';

/** @type {Terms} */
const NONE = { codes: [], names: [], capitals: [], cities: [] };

/**
 * The texts of one code that a search compares with. Name and capital are given as the page shows them.
 * @param {{cc: string, name: string, capital: string}} country
 * @returns {Terms}
 */
export function terms({ cc, name, capital }) {
  const { names, capitals, ...others } = NAMES[cc] ?? NONE;
  return { ...others, names: [plain(name || cc), ...names], capitals: [plain(capital), ...capitals] };
}
