/** Squares of each size, and for how many codes at most. For more codes they are small. */
const DENSITIES = /** @type {const} */ ([
  ['large', 28],
  ['roomy', 90],
  ['medium', 260],
]);
const DENSE = 'dense';
const A_LETTER = 26;

/**
 * Fills a mosaic with squares, as large as their number allows. Hundreds come in lines of 26: a change in a line is
 * laid out and painted in that line alone, and a few dozen lines cost less than a containment for each square.
 * @param {HTMLElement} mosaic
 * @param {HTMLElement[]} squares
 */
export function arrange(mosaic, squares) {
  const density = DENSITIES.find(([, most]) => squares.length <= most)?.[0] ?? DENSE;
  mosaic.dataset.density = density;
  mosaic.replaceChildren(...(density === DENSE ? inLines(squares) : squares));
}

/** How many squares are beside each other. @param {HTMLElement} mosaic */
export function columnsOf(mosaic) {
  const grid = mosaic.querySelector('.mosaic-line') ?? mosaic;
  return getComputedStyle(grid).gridTemplateColumns.split(' ').length;
}

/** @param {HTMLElement[]} squares */
function inLines(squares) {
  return Array.from({ length: Math.ceil(squares.length / A_LETTER) }, (_, number) => {
    const line = document.createElement('div');
    line.className = 'mosaic-line';
    line.role = 'presentation';
    line.append(...squares.slice(number * A_LETTER, (number + 1) * A_LETTER));
    return line;
  });
}
