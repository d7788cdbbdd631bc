/** Normalizes a text for searching: no case, accents, curly apostrophes or doubled blanks. @param {string} text */
export const plain = (text) =>
  text.normalize('NFKD').replace(/\p{M}/gu, '').replace(/’/g, "'").toLowerCase().replace(/\s+/g, ' ').trim();

/** Whether a word of a text begins with a query; both are plain. @param {string} text @param {string} query */
export function beginsWord(text, query) {
  for (let at = text.indexOf(query); at >= 0; at = text.indexOf(query, at + 1)) {
    if (at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1])) return true;
  }
  return false;
}
