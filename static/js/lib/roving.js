/** @typedef {Pick<KeyboardEvent, 'key'> & Partial<Pick<KeyboardEvent, 'altKey' | 'ctrlKey' | 'metaKey'>>} Keys */

/**
 * Keyboard movement in a list or grid that is one tab stop.
 * @param {Keys} event
 * @param {number} index  Of the focus.
 * @param {number} length
 * @param {number} [columns]  1 for a list.
 * @returns {number | null} the new index; null for another key
 */
export function nextIndex(event, index, length, columns = 1) {
  if (isShortcut(event)) return null;
  const { key } = event;
  const last = length - 1;
  /** @type {Record<string, number>} */
  const steps = { ArrowUp: -columns, ArrowDown: columns, PageUp: -10 * columns, PageDown: 10 * columns };
  if (columns > 1) Object.assign(steps, { ArrowLeft: -1, ArrowRight: 1 });
  if (key === 'Home') return 0;
  if (key === 'End') return last;
  if (!(key in steps)) return null;
  return Math.min(Math.max(index + steps[key], 0), last);
}

/** Whether a key belongs to the browser or the system, such as Alt with an arrow. @param {Omit<Keys, 'key'>} event */
export const isShortcut = ({ altKey, ctrlKey, metaKey }) => Boolean(altKey || ctrlKey || metaKey);

/**
 * The letter of a shortcut; on a keyboard without Latin letters, the Latin letter of that key. Empty with Shift or Alt.
 * @param {Pick<KeyboardEvent, 'key' | 'code'> & Partial<Pick<KeyboardEvent, 'altKey' | 'shiftKey'>>} event
 */
export function letterOf({ key, code, shiftKey, altKey }) {
  if (shiftKey || altKey) return '';
  return (/^[a-z]$/i.test(key) ? key : code.slice('Key'.length)).toLowerCase();
}
