/** @import { Job, Row } from '../../model/types.js' */
import { copies } from '../../lib/clipboard.js';
import * as text from '../../text/log.js';

/**
 * A row of the log: a line that unfolds. Its details are built when it is first unfolded; `refresh` updates them.
 * @param {Row} row
 * @param {string} name
 * @param {Job} job
 */
export function newEntry(row, name, job) {
  const entry = /** @type {HTMLElement} */ (blank.cloneNode(true));
  const line = /** @type {HTMLButtonElement} */ (entry.firstElementChild);
  const [mark, code, named, outcome] = /** @type {HTMLCollectionOf<HTMLElement>} */ (line.children);
  mark.dataset.status = row.status;
  code.textContent = row.cc;
  named.textContent = name;
  outcome.textContent = text.line(row);
  const list = element('dl');
  const refresh = () => list.isConnected && list.replaceChildren(...text.facts(row, job).map(pair));
  line.addEventListener('click', () => {
    if (entry.childElementCount === 1) entry.append(details(list, () => text.asText(row, name, job)));
    refresh();
    line.ariaExpanded = String(line.ariaExpanded !== 'true');
  });
  return { entry, refresh };
}

/** Cloned for each entry: cheaper than creating each element. */
const blank = document.createElement('div');
blank.role = 'listitem';
blank.className = 'entry';
blank.append(element('button', 'entry-line'));
const blankLine = /** @type {HTMLButtonElement} */ (blank.firstElementChild);
blankLine.type = 'button';
blankLine.tabIndex = -1;
blankLine.ariaExpanded = 'false';
blankLine.append(element('i', 'mark'), element('code'), element('span', 'entry-name'), element('span', 'entry-outcome'));

/** @param {HTMLElement} list @param {() => string} asText */
function details(list, asText) {
  const all = element('div', 'entry-more');
  const copy = /** @type {HTMLButtonElement} */ (element('button', 'btn btn-quiet btn-sm', text.COPY));
  copy.type = 'button';
  copies(copy, asText);
  all.append(list, copy);
  return all;
}

/** @param {[string, string]} fact */
function pair([term, value]) {
  const pair = element('div');
  pair.append(element('dt', '', term), element('dd', '', value));
  return pair;
}

/** @param {string} tag @param {string} [className] @param {string} [content] */
function element(tag, className = '', content = '') {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = content;
  return made;
}
