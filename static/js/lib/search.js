/**
 * A text as it is searched: without case, accents, curly apostrophes and doubled blanks.
 * @param {string} text
 */
export const plain = (text) =>
  text.normalize('NFKD').replace(/\p{M}/gu, '').replace(/’/g, "'").toLowerCase().replace(/\s+/g, ' ').trim();
