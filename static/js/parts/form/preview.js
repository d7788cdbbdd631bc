/** @import { JobForm } from './form.js' */
/** @import { Selection } from '../../model/selection.js' */
import { find, setText } from '../../lib/dom.js';
import { arrange } from '../job/squares.js';
import * as text from '../../text/form.js';

/**
 * What the mosaic will be, as long as there is no job to show: only for the eye, the picker says the
 * same in words. Where it would be empty, the usual choice is offered.
 * @param {HTMLElement} root
 * @param {Selection} selection
 * @param {JobForm} form
 */
export function previewSelection(root, selection, form) {
  const mosaic = find(root, '[data-preview]', HTMLElement);
  const offer = find(root, '[data-nothing]', HTMLElement);
  const button = find(offer, 'button', HTMLButtonElement);
  button.addEventListener('click', () => {
    selection.set((button.dataset.codes ?? '').split(' '));
    form.focus(); // the offer has gone
  });
  let drawn = '';
  const draw = () => {
    describe(root, selection.size > 0);
    offer.hidden = selection.size > 0;
    mosaic.hidden = selection.size === 0;
    const codes = selection.codes.slice(0, form.flags);
    if (drawn !== codes.join()) arrange(mosaic, codes.map(tile));
    drawn = codes.join();
  };
  form.addEventListener('described', draw);
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
