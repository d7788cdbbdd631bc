import { element } from '../../lib/dom.js';

/** The sizes of squares, each with its maximum number of codes. For more codes, squares are small. */
const DENSITIES = /** @type {const} */ ([
  ['large', 28],
  ['roomy', 90],
  ['medium', 260],
]);
const DENSE = 'dense';
const A_LETTER = 26;

/**
 * Fills a mosaic with squares, as large as their number allows. Hundreds of squares are in lines of 26: so a change is
 * laid out and painted in its line alone, and a few dozen lines with containment cost less than hundreds of squares.
 * @param {HTMLElement} mosaic
 * @param {HTMLElement[]} squares
 */
export function arrange(mosaic, squares) {
  const density = DENSITIES.find(([, most]) => squares.length <= most)?.[0] ?? DENSE;
  mosaic.dataset.density = density;
  mosaic.replaceChildren(...(density === DENSE ? inLines(squares) : squares));
}

/** How many squares are in a row. @param {HTMLElement} mosaic */
export function columnsOf(mosaic) {
  const grid = mosaic.querySelector('.mosaic-line') ?? mosaic;
  return getComputedStyle(grid).gridTemplateColumns.split(' ').length;
}

/** @param {HTMLElement[]} squares */
function inLines(squares) {
  return Array.from({ length: Math.ceil(squares.length / A_LETTER) }, (_, number) => {
    const line = squares.slice(number * A_LETTER, (number + 1) * A_LETTER);
    return element('div', { className: 'mosaic-line', role: 'presentation' }, ...line);
  });
}
