/**
 * A text as it is searched: without case, accents and doubled blanks.
 * @param {string} text
 */
export const plain = (text) =>
  text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replace(/\s+/g, ' ').trim();
