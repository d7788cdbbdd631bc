import { findAll } from './dom.js';
import { language } from './gettext.js';

const format = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });

/** Every `<time>` in the reader's own zone; the server writes UTC. */
export function localizeTimes() {
  for (const time of findAll(document, 'time[datetime]', HTMLTimeElement)) {
    time.title = time.textContent?.trim() ?? '';
    time.textContent = format.format(new Date(time.dateTime));
  }
}
