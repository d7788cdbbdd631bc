/** @import { JobStore } from '../../model/store.js' */
import { jobPage } from '../../lib/address.js';
import { find, parts, setIcon, setText } from '../../lib/dom.js';
import { standing } from '../../lib/text.js';
import * as text from '../../text/job.js';

/** Names the job, shows its state by shape, colour and word, and says why it failed. */
export class Headline {
  #link;
  #parts;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#link = find(root, '[data-job-link]', HTMLAnchorElement);
    this.#parts = parts(root, 'spec', 'state', 'fromTerminal', 'detail');
  }

  /** @param {JobStore} store */
  update({ job }) {
    const { spec, state, fromTerminal } = this.#parts;
    const page = jobPage(job.id);
    if (location.pathname !== page) this.#link.href = page;
    setText(spec, text.spec(job));
    this.#explain(job.detail);
    fromTerminal.hidden = job.source !== 'terminal';
    const [mark, words] = standing(job);
    state.dataset.state = mark;
    setIcon(state, mark);
    setText(find(state, 'span', HTMLElement), words);
  }

  /** @param {string} detail */
  #explain(detail) {
    const place = this.#parts.detail;
    if (!text.isException(detail)) setText(place, detail);
    else if (!place.textContent?.endsWith(detail)) {
      const exception = document.createElement('code');
      exception.textContent = detail;
      place.replaceChildren(`${text.BUG} `, exception);
    }
  }
}
