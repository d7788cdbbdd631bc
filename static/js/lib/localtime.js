import { findAll } from './dom.js';
import { language } from './gettext.js';

const format = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });

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
