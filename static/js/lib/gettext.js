/**
 * Translates sentences by the rules of gettext: the code is in English; the page brings the messages of another
 * language, from flagdl/web/translations.
 */

/** @typedef {Record<string, string | number>} Values  For the placeholders `%(name)s` of a sentence. */

/** Without a page, as in tests, the language is English. */
const page = globalThis.document;
export const language = page?.documentElement.lang ?? 'en';

/** @type {Record<string, string | string[]>} A list where the text depends on a number. */
const messages = JSON.parse(page?.querySelector('#messages')?.textContent ?? '{}');

const rules = new Intl.PluralRules(language);
/** In gettext's order; any other form, such as "other" in English, is the last. */
const FORMS = ['one', 'few', 'many'];
const percents = new Intl.NumberFormat(language, { style: 'percent' });
/** By the least and the most digits after the point. @type {Map<string, Intl.NumberFormat>} */
const formats = new Map();

/** @param {string} message @param {Values} [values] */
export const gettext = (message, values = {}) => fill(String(messages[message] ?? message), values);

/**
 * "1 flag", "2 flags": `%(num)s` is the number.
 * @param {string} one
 * @param {string} many
 * @param {number} count
 * @param {Values} [values]
 */
export function ngettext(one, many, count, values = {}) {
  const known = messages[one];
  const form = rules.select(count);
  const at = FORMS.indexOf(form);
  const texts = Array.isArray(known) ? known : [one, many];
  const text = (at >= 0 && texts[at]) || texts[texts.length - 1];
  return fill(text, { num: number(count), ...values });
}

/** "1,234", "14.2". @param {number} value @param {number} [least]  Digits after the point. @param {number} [most] */
export const number = (value, least = 0, most = least) => formatWith(least, most).format(value);

/** "79%" @param {number} share  1 is 100%. */
export const percent = (share) => percents.format(share);

/** "A, B and C" @param {string[]} texts */
export const list = (texts) => new Intl.ListFormat(language).format(texts);

/** @param {number} least @param {number} most */
function formatWith(least, most) {
  const key = `${least} ${most}`;
  const digits = { minimumFractionDigits: least, maximumFractionDigits: most };
  // The difference of two equal times may be slightly below zero: it must not be shown as "-0".
  const format = formats.get(key) ?? new Intl.NumberFormat(language, { ...digits, signDisplay: 'negative' });
  formats.set(key, format);
  return format;
}

/** @param {string} text @param {Values} values */
const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (_place, name) => String(values[name]));
