/** @import { JobStore } from './store.js' */
import { find, setIcon, setText } from '../lib/dom.js';
import { standing } from '../lib/text.js';
import * as text from './text.js';

/** Which job this is, and its state by shape, colour and word, and why it failed. */
export class Headline {
  #link;
  #spec;
  #state;
  #fromTerminal;
  #detail;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#link = find(root, '[data-job-link]', HTMLAnchorElement);
    this.#spec = find(root, '[data-spec]', HTMLElement);
    this.#state = find(root, '[data-state]', HTMLElement);
    this.#fromTerminal = find(root, '[data-from-terminal]', HTMLElement);
    this.#detail = find(root, '[data-detail]', HTMLElement);
  }

  /** @param {JobStore} store */
  update({ job }) {
    const page = `/jobs/${job.id}`;
    if (location.pathname !== page) this.#link.href = page;
    setText(this.#spec, text.spec(job));
    this.#explain(job.detail);
    this.#fromTerminal.hidden = job.source !== 'terminal';
    const [mark, words] = standing(job);
    this.#state.dataset.state = mark;
    setIcon(this.#state, mark);
    setText(find(this.#state, 'span', HTMLElement), words);
  }

  /** @param {string} detail */
  #explain(detail) {
    if (!isException(detail)) setText(this.#detail, detail);
    else if (!this.#detail.textContent?.endsWith(detail)) {
      const exception = document.createElement('code');
      exception.textContent = detail;
      this.#detail.replaceChildren(`${text.BUG} `, exception);
    }
  }
}

/** Whether it is a bug's repr, as "KeyError('x')", and no sentence. @param {string} detail */
const isException = (detail) => /^\w+\(/.test(detail);
