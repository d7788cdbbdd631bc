const PAUSE = 300;

/**
 * Keeps the page's address in step with the form and the job beside it, so that a reload or
 * another language finds both as they were.
 */
export class Address {
  #form = () => '';
  #timer = 0;

  constructor() {
    // The preferences come back to the address that they were sent from.
    document.addEventListener('submit', () => this.#write(), { capture: true });
  }

  /**
   * Browsers allow an address to change a few times in a second.
   * @param {() => string} query  Asked for when it is written, be it before the form is drawn.
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
