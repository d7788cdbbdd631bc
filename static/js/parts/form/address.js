import { address, formPage } from '../../lib/address.js';

const PAUSE = 300;

/** Keeps the form in the page's address: a reload or a change of language keeps what was filled in. */
export class Address {
  #form = () => '';
  #timer = 0;

  constructor() {
    // The preferences' form redirects to the address from which it was sent: so update the address.
    document.addEventListener('submit', () => this.#write(), { capture: true });
  }

  /**
   * Waits a while: browsers limit how often an address may change.
   * @param {() => string} query  Called when the address is written.
   */
  showForm(query) {
    this.#form = query;
    this.#timer ||= setTimeout(() => this.#write(), PAUSE);
  }

  #write() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    const query = this.#form();
    const own = query ? formPage(query) : address('/'); // not of the POST that this page may answer
    if (location.pathname + location.search !== own) history.replaceState(history.state, '', own);
  }
}
