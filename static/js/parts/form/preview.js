/** @import { Selection } from '../../model/selection.js' */
/** @import { JobForm } from './form.js' */
import { find, parts, setText } from '../../lib/dom.js';
import * as text from '../../text/form.js';
import { arrange } from '../job/squares.js';

/**
 * Shows the mosaic to come while there is no job. It is hidden from screen readers: the picker says the same. Where it
 * would be empty, the usual choice is offered.
 * @param {HTMLElement} root
 * @param {Selection} selection
 * @param {JobForm} form
 */
export function previewSelection(root, selection, form) {
  const { preview: mosaic, nothing: offer, idleTitle, idleText } = parts(root, 'preview', 'nothing', 'idleTitle', 'idleText');
  const button = find(offer, 'button', HTMLButtonElement);
  button.addEventListener('click', () => {
    selection.set((button.dataset.codes ?? '').split(' '));
    form.focus(); // the button is hidden now
  });
  let drawn = '';
  const draw = () => {
    const [title, about] = text.idle(selection.size > 0);
    setText(idleTitle, title);
    setText(idleText, about);
    offer.hidden = selection.size > 0;
    mosaic.hidden = selection.size === 0;
    const codes = selection.codes.slice(0, form.flags);
    if (drawn !== codes.join()) arrange(mosaic, codes.map(tile));
    drawn = codes.join();
  };
  form.addEventListener('described', draw);
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
