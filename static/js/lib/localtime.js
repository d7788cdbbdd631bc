import { findAll } from './dom.js';
import { language } from './gettext.js';

/** The page's language with the reader's region, which decides between 22/11 and 11/22, and between 24 and 12 hours. */
const locale = navigator.languages.find((tag) => tag.split('-')[0] === language) ?? language;
const format = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });

/** Writes each `<time>` in the reader's time zone; the server writes UTC. @param {ParentNode} root  May be given again. */
export function localizeTimes(root = document) {
  for (const time of findAll(root, 'time[datetime]:not([title])', HTMLTimeElement)) {
    time.title = time.textContent?.trim() ?? '';
    time.textContent = format.format(new Date(time.dateTime));
  }
}
