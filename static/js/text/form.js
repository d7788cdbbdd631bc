/** @import { Problem } from '../lib/api.js' */
/** Every sentence of the form. */
import { gettext, list, ngettext, number } from '../lib/gettext.js';
import { flags as countedFlags } from '../lib/text.js';

/** At most this many codes or names are listed. */
const NAMED = 4;
const A_LETTER = 26;

/** @param {number} flags */
export const download = (flags) =>
  flags ? ngettext('Download %(num)s flag', 'Download %(num)s flags', flags) : gettext('Pick something to download');

/** Choices that have a name. */
export const PRESET = { every: gettext('Every code'), all: gettext('All'), pop20: gettext('Top') };

/** How many flags each connection gets. @param {number} flags @param {number} connections */
export function perConnection(flags, connections) {
  if (!flags || !(connections >= 1)) return '';
  const atOnce = Math.min(connections, flags);
  if (atOnce === 1 || atOnce === flags) return ngettext('%(num)s at a time.', 'All %(num)s at the same time.', atOnce);
  return ngettext('%(flags)s on %(num)s connection: about %(each)s each.', '%(flags)s on %(num)s connections: about %(each)s each.', connections, {
    flags: countedFlags(flags),
    each: Math.round(flags / connections),
  });
}

/** @param {{min: string, max: string, step: string}} field */
export function bounds({ min, max, step }) {
  const limits = { least: number(Number(min)), most: number(Number(max)) };
  return step === 'any'
    ? gettext('A number from %(least)s to %(most)s.', limits)
    : gettext('A whole number from %(least)s to %(most)s.', limits);
}

/** @param {string} query */
export const noMatch = (query) => gettext('No country matches “%(query)s”.', { query });

/** @param {number} count */
const matches = (count) => ngettext('%(num)s country matches', '%(num)s countries match', count);

/** What Enter does in the search field. @param {string} what @param {boolean} only  Whether it replaces the choice. */
export const offer = (what, only) => (only ? gettext('Pick only %(what)s', { what }) : gettext('Add %(what)s', { what }));

/** @param {string} what */
export const remove = (what) => gettext('Remove %(what)s', { what });

export const NOTHING = gettext('Nothing matches');

/** @param {string} what */
export const replaced = (what) => gettext('Picked instead of the preset: %(what)s', { what });

/** Countries, or continents with their countries. @param {string[]} names @param {number} countries */
export function meant(names, countries) {
  if (names.length > NAMED) return countedFlags(countries);
  if (names.length === countries) return list(names);
  return ngettext('%(name)s: %(num)s country', '%(name)s: %(num)s countries', countries, { name: list(names) });
}

/** @param {string} offered @param {number} count */
export const found = (offered, count) => `${offered}. ${matches(count)}`;

/** @param {string[]} codes */
export function codes(codes) {
  const [first] = codes;
  if (codes.length === 1) return gettext('the code %(code)s', { code: first });
  if (codes.length <= NAMED) return gettext('the codes %(codes)s', { codes: codes.join(', ') });
  if (codes.length === A_LETTER) return gettext('%(num)s codes: %(first)s to %(last)s', { num: A_LETTER, first, last: codes[A_LETTER - 1] });
  return ngettext('%(num)s code', '%(num)s codes', codes.length);
}

/** A problem without the name of its field, beside which it is shown: "limit must be >= 1". @param {Problem} problem */
export function atField({ message, field }) {
  const rest = field && message.startsWith(`${field} `) ? message.slice(field.length + 1) : message;
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}
