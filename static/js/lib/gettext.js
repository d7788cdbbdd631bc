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
/** By the style, and the least and the most digits after the point. @type {Map<string, Intl.NumberFormat>} */
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
export const number = (value, least = 0, most = least) => formatWith('decimal', least, most).format(value);

/** "79%" @param {number} share  1 is 100%. @param {number} [most]  Digits after the point. */
export const percent = (share, most = 0) => formatWith('percent', 0, most).format(share);

/** "A, B and C" @param {string[]} texts */
export const list = (texts) => new Intl.ListFormat(language).format(texts);

/** @param {'decimal' | 'percent'} style @param {number} least @param {number} most */
function formatWith(style, least, most) {
  const key = `${style} ${least} ${most}`;
  const format = formats.get(key) ?? new Intl.NumberFormat(language, {
    style, minimumFractionDigits: least, maximumFractionDigits: most,
    roundingMode: 'halfEven', // as the server does
    signDisplay: 'negative', // the difference of two equal times may be slightly below zero: not to be shown as "-0"
  });
  formats.set(key, format);
  return format;
}

/** @param {string} text @param {Values} values */
const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (_place, name) => String(values[name]));
