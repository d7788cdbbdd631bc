const PAUSE = 300;

/** Keeps the form and the job beside it in the page's address: a reload or another language shows both again. */
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

  /** @param {string} id */
  showJob(id) {
    this.#write(id);
  }

  #write(job = new URLSearchParams(location.search).get('job')) {
    clearTimeout(this.#timer);
    this.#timer = 0;
    const search = [job && `job=${encodeURIComponent(job)}`, this.#form()].filter(Boolean).join('&');
    if (location.search !== (search && `?${search}`)) {
      history.replaceState(history.state, '', location.pathname + (search && `?${search}`));
    }
  }
}
