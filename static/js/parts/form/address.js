const PAUSE = 300;

/** Keeps the form in the page's address: a reload or another language shows it again. */
export class Address {
  #form = () => '';
  #timer = 0;

  constructor() {
    // The form of the preferences redirects to the address that it was sent from.
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
    const search = query && `?${query}`;
    if (location.search !== search) history.replaceState(history.state, '', location.pathname + search);
  }
}
