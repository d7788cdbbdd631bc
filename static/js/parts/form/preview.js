/** @import { JobForm } from './form.js' */
import { element } from '../../lib/dom.js';
import { arrange } from '../job/squares.js';

/**
 * Shows a preview of the mosaic. It is hidden from screen readers: the picker says the same.
 * @param {HTMLElement} mosaic
 * @param {JobForm} form
 */
export function previewSelection(mosaic, form) {
  let drawn = '';
  const draw = () => {
    const codes = form.selection.codes.slice(0, form.flags);
    if (drawn !== codes.join()) arrange(mosaic, codes.map(tile));
    drawn = codes.join();
  };
  form.addEventListener('described', draw);
  draw();
}

/** @param {string} code */
const tile = (code) => element('div', { className: 'tile', dataset: { status: 'pending' } }, code);
