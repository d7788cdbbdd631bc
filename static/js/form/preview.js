/** @import { Selection } from './selection.js' */
import { find, oncePerFrame, setText } from '../lib/dom.js';
import { arrange } from '../job/squares.js';
import * as text from './text.js';

/**
 * What the mosaic will be, as long as there is no job to show: only for the eye, the picker says the
 * same in words. Where it would be empty, the usual choice is offered.
 * @param {HTMLElement} root
 * @param {Selection} selection
 * @param {() => void} onTaken  Told when the offer was taken, and has gone.
 */
export function previewSelection(root, selection, onTaken) {
  const mosaic = find(root, '[data-preview]', HTMLElement);
  const offer = find(root, '[data-nothing]', HTMLElement);
  const button = find(offer, 'button', HTMLButtonElement);
  button.addEventListener('click', () => {
    selection.set((button.dataset.codes ?? '').split(' '));
    onTaken();
  });
  const draw = oncePerFrame(() => {
    describe(root, selection.size > 0);
    offer.hidden = selection.size > 0;
    mosaic.hidden = selection.size === 0;
    arrange(mosaic, selection.codes.map(tile));
  });
  selection.addEventListener('changed', draw);
  draw();
}

/** @param {HTMLElement} root @param {boolean} some */
function describe(root, some) {
  const [title, about] = text.idle(some);
  setText(find(root, '[data-idle-title]', HTMLElement), title);
  setText(find(root, '[data-idle-text]', HTMLElement), about);
}

/** @param {string} code */
function tile(code) {
  const element = document.createElement('div');
  element.className = 'tile';
  element.dataset.status = 'pending';
  element.textContent = code;
  return element;
}
