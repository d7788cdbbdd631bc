import { findAll } from './dom.js';
import { language } from './gettext.js';

/** The page's language as it is written in the reader's region: 22/11 or 11/22, with 24 hours or 12. */
const locale = navigator.languages.find((tag) => tag.split('-')[0] === language) ?? language;
const format = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });

/**
 * Every `<time>` in the reader's own zone; the server writes UTC.
 * @param {ParentNode} root  May be given again, when there are further ones in it.
 */
export function localizeTimes(root = document) {
  for (const time of findAll(root, 'time[datetime]:not([title])', HTMLTimeElement)) {
    time.title = time.textContent?.trim() ?? '';
    time.textContent = format.format(new Date(time.dateTime));
  }
}
