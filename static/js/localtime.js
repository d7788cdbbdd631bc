import { findAll } from './dom.js';

const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** Every `<time>` in the reader's own zone; the server writes UTC. */
export function localizeTimes() {
  for (const time of findAll(document, 'time[datetime]', HTMLTimeElement)) {
    time.title = time.textContent?.trim() ?? '';
    time.textContent = format.format(new Date(time.dateTime));
  }
}
