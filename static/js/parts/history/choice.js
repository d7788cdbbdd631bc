import { announcer } from '../../lib/announcer.js';
import { find, findAll, setText } from '../../lib/dom.js';
import * as text from '../../text/history.js';

/**
 * Which jobs to compare. The address keeps the choice in `with`: the choice survives a reload, and the server
 * lists the chosen jobs on every page.
 */
export class Choice {
  #root;
  /** How many jobs can be compared. */
  #most = 0;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
    root.addEventListener('change', () => this.#changed());
    this.update();
  }

  /** To be called after the list has changed. */
  update() {
    const button = this.#root.querySelector('[data-compare]');
    if (!(button instanceof HTMLButtonElement)) return;
    this.#most = Number(button.dataset.compare);
    button.disabled = this.#chosen.length < 2 || this.#chosen.length > this.#most;
    setText(find(this.#root, '[data-chosen]', HTMLElement), this.#said);
    for (const link of findAll(this.#root, '[data-pager]', HTMLAnchorElement)) link.search = this.#address(link.search);
  }

  #changed() {
    history.replaceState(null, '', this.#address(location.search) || location.pathname);
    this.update();
    announcer.say(this.#said);
  }

  get #said() {
    return text.chosen(this.#chosen, this.#most);
  }

  get #chosen() {
    return findAll(this.#root, '[name=job]:checked', HTMLInputElement).map(({ value }) => value);
  }

  /** @param {string} search  The query of an address, with another choice or none. */
  #address(search) {
    const query = new URLSearchParams(search);
    query.delete('with');
    for (const id of this.#chosen) query.append('with', id);
    return String(query) && `?${query}`;
  }
}
