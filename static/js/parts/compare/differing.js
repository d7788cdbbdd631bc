/** @import { Job, Status } from '../../model/types.js' */
import { element, find } from '../../lib/dom.js';
import { STATUS } from '../../lib/text.js';
import { differing } from '../../model/differing.js';
import { title } from '../../text/flag.js';

/** The table of the codes that ended differently. It is hidden while it is empty. */
export class Differing {
  #root;
  #body;
  #names;
  #shown = '';

  /** @param {HTMLElement} root @param {Map<string, string>} names */
  constructor(root, names) {
    this.#root = root;
    this.#body = find(root, 'tbody', HTMLElement);
    this.#names = names;
  }

  /** @param {Job[]} jobs */
  show(jobs) {
    const version = jobs.map(({ seq }) => seq).join();
    if (version === this.#shown) return;
    this.#shown = version;
    const found = differing(jobs);
    this.#root.hidden = found.length === 0;
    this.#body.replaceChildren(...found.map(({ cc, outcomes }) => this.#row(cc, outcomes)));
  }

  /** @param {string} cc @param {(Status | null)[]} outcomes */
  #row(cc, outcomes) {
    const head = element('th', { scope: 'row' }, title(cc, this.#names.get(cc)));
    return element('tr', {}, head, ...outcomes.map(cell));
  }
}

/** @param {Status | null} outcome */
function cell(outcome) {
  if (!outcome) return element('td');
  return element('td', {}, element('i', { className: 'mark', dataset: { status: outcome } }), ` ${STATUS[outcome]}`);
}
