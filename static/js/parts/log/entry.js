/** @import { Job, Row } from '../../model/types.js' */
import { copies } from '../../lib/clipboard.js';
import { element } from '../../lib/dom.js';
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
const blankLine = element(
  'button', { type: 'button', className: 'entry-line', tabIndex: -1, ariaExpanded: 'false' },
  element('i', { className: 'mark' }), element('code'),
  element('span', { className: 'entry-name' }), element('span', { className: 'entry-outcome' }),
);
const blank = element('div', { role: 'listitem', className: 'entry' }, blankLine);

/** @param {HTMLElement} list @param {() => string} asText */
function details(list, asText) {
  const copy = element('button', { type: 'button', className: 'btn btn-quiet btn-sm' }, text.COPY);
  copies(copy, asText);
  return element('div', { className: 'entry-more' }, list, copy);
}

/** @param {[string, string]} fact */
const pair = ([term, value]) => element('div', {}, element('dt', {}, term), element('dd', {}, value));
