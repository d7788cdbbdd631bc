/** @import { Row } from '../model/types.js' */
/** Every sentence of the gallery. */
import { gettext, ngettext, number } from '../lib/gettext.js';
import { NO_COUNTRY, cause, flags, size as bytes } from '../lib/text.js';

/** @param {{saved: number, total: number}} share */
export const share = ({ saved, total }) =>
  gettext('%(saved)s of %(total)s saved', { saved: number(saved), total: number(total) });

/** @param {number} count */
export const shown = (count) => ngettext('%(num)s flag shown.', '%(num)s flags shown.', count);

/** @param {number} count */
export const zip = (count) => ngettext('Zip of %(num)s flag', 'Zip of %(num)s flags', count);

/** @param {number} count */
export const fetchMissing = (count) => ngettext('Fetch %(num)s missing flag', 'Fetch %(num)s missing flags', count);

/** @param {{name: string}} card */
export const name = (card) => card.name || NO_COUNTRY;

/** @param {{name: string, cc: string}} card */
export const select = (card) => gettext('Select %(name)s', { name: card.name || card.cc });

/** The note of a card without a flag. @param {{fetching?: boolean, problem?: string}} card */
export const note = ({ fetching, problem }) => (fetching ? gettext('Fetching…') : problem || gettext('Fetch'));

/** @param {number} count @param {number} hidden  How many of them are out of sight. */
export function selected(count, hidden) {
  const text = ngettext('%(num)s selected', '%(num)s selected', count);
  return hidden ? gettext('%(selected)s, %(num)s of them not shown', { selected: text, num: number(hidden) }) : text;
}

/** What a screen reader says of a selected card. */
export const SELECTED = gettext('selected');

/** @param {number} count */
export const selectAll = (count) => gettext('Select all %(num)s', { num: number(count) });

/** @param {number} count */
export const deleted = (count) => ngettext('%(num)s flag deleted', '%(num)s flags deleted', count);

/** @param {number} count */
export const restored = (count) => ngettext('%(num)s flag is back.', '%(num)s flags are back.', count);

export const NOT_RESTORED = gettext('The deletion can no longer be undone.');

/** @param {number} count */
export const fetched = (count) => ngettext('%(num)s flag fetched.', '%(num)s flags fetched.', count);

/** @param {number} count */
export const failed = (count) => ngettext('%(num)s flag could not be fetched.', '%(num)s flags could not be fetched.', count);

export const CANCELLED = gettext('cancelled');

/** Why a flag was not saved; empty if it was. @param {Row} row @param {string} server */
export function missed({ status, detail }, server) {
  if (status === 'ok') return '';
  if (status === 'error') return cause(detail);
  return status === 'not_found' ? gettext('not on %(server)s', { server }) : CANCELLED;
}

export const FORGOTTEN = gettext('The job is no longer known.');

/** @param {number} at  From 1. @param {number} count */
export const position = (at, count) => gettext('%(at)s of %(all)s', { at: number(at), all: flags(count) });

/** @param {{bytes: number, width: number, height: number}} flag */
export const size = ({ bytes: length, width, height }) =>
  gettext('%(size)s, %(width)s × %(height)s pixels', { size: bytes(length), width, height });

/** @param {string} id */
export const job = (id) => gettext('job %(id)s', { id });

export const NOT_SAVED = gettext('Not saved yet');
export const DELETED = gettext('Deleted');
