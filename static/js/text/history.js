/** Every sentence of the history. */
import { gettext, ngettext } from '../lib/gettext.js';

/** How many jobs are chosen for a comparison, and what is still to do. @param {string[]} ids @param {number} most */
export function chosen(ids, most) {
  if (ids.length > most) return gettext('More than %(most)s jobs are chosen.', { most });
  if (ids.length > 1) return ngettext('%(num)s job is chosen.', '%(num)s jobs are chosen.', ids.length);
  return ids.length
    ? gettext('Job %(one)s is chosen: choose another.', { one: ids[0] })
    : gettext('Choose two to %(most)s jobs to compare.', { most });
}

/** @param {string} id */
export const deleted = (id) => gettext('Job %(id)s is deleted. It can be undone for a few seconds.', { id });

/** @param {string} id */
export const kept = (id) => gettext('Job %(id)s is kept.', { id });

export const LOST = gettext('The server could not be reached: this list may be out of date.');
