/**
 * Keyboard movement in a list or grid that is one stop of the Tab key.
 *
 * @param {string} key  As in KeyboardEvent.key.
 * @param {number} index  Where the focus is.
 * @param {number} length
 * @param {number} [columns]  1 for a list.
 * @returns {number | null} where it goes; null if the key isn't ours
 */
export function nextIndex(key, index, length, columns = 1) {
  const last = length - 1;
  /** @type {Record<string, number>} */
  const steps = { ArrowUp: -columns, ArrowDown: columns, PageUp: -10 * columns, PageDown: 10 * columns };
  if (columns > 1) Object.assign(steps, { ArrowLeft: -1, ArrowRight: 1 });
  if (key === 'Home') return 0;
  if (key === 'End') return last;
  if (!(key in steps)) return null;
  return Math.min(Math.max(index + steps[key], 0), last);
}
