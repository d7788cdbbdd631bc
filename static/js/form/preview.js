/** @import { Selection } from './selection.js' */
import { oncePerFrame } from '../lib/dom.js';
import { arrange } from '../job/squares.js';

/**
 * What the mosaic will be, as long as there is no job to show. Only for the
 * eye: the picker says the same in words.
 * @param {HTMLElement} root
 * @param {Selection} selection
 */
export function previewSelection(root, selection) {
  const draw = oncePerFrame(() => arrange(root, selection.codes.map(tile)));
  selection.addEventListener('changed', draw);
  draw();
}

/** @param {string} code */
function tile(code) {
  const element = document.createElement('div');
  element.className = 'tile';
  element.dataset.status = 'pending';
  element.textContent = code;
  return element;
}
