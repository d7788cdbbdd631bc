import { announcer } from '../../lib/announcer.js';
import { cancelJob } from '../../lib/api.js';
import { find, findAll, setText } from '../../lib/dom.js';
import { askOnce } from '../../lib/presses.js';
import * as text from '../../text/history.js';
import { Choice } from './choice.js';
import { Deletions } from './deletions.js';
import { LivePage } from './livepage.js';

/** The list of jobs, kept up to date. The reader can compare, cancel and delete jobs. */
export class JobList {
  #root;
  #problem;
  #page;
  /** The row that had the focus before the last patch, and its index. */
  #focused = { row: /** @type {Element | null} */ (null), at: 0 };

  /** @param {HTMLElement} root @param {HTMLElement} problem  Shows what went wrong. */
  constructor(root, problem) {
    this.#root = root;
    this.#problem = problem;
    this.#page = new LivePage(root);
    const choice = new Choice(root);
    new Deletions(root, () => this.#page.refresh(), (message) => this.#complain(message));
    this.#page.addEventListener('patching', () => this.#rememberFocus());
    this.#page.addEventListener('patched', () => {
      this.#keepFocus();
      choice.update();
    });
    this.#page.addEventListener('answered', () => problem.textContent === text.LOST && setText(problem, ''));
    this.#page.addEventListener('lost', () => this.#complain(text.LOST));
    root.addEventListener('click', ({ target }) => {
      const button = target instanceof Element ? target.closest('button') : null;
      if (button?.name === 'cancel') this.#cancel(button);
    });
  }

  /** @param {HTMLButtonElement} button */
  #cancel(button) {
    const ask = () => cancelJob(button.value).finally(() => this.#page.refresh());
    askOnce(button, ask, (message) => this.#complain(message));
  }

  /** @param {string} message */
  #complain(message) {
    if (this.#problem.textContent === message) return; // already said
    setText(this.#problem, message);
    if (message) announcer.say(message);
  }

  get #rows() {
    return findAll(this.#root, '.job-row', HTMLElement);
  }

  #rememberFocus() {
    const row = document.activeElement?.closest('.job-row') ?? null;
    this.#focused = { row, at: this.#rows.findIndex((one) => one === row) };
  }

  /** If the focused element is gone, focuses the same row, or the row that took its place. */
  #keepFocus() {
    const { row, at } = this.#focused;
    if (!row || document.activeElement !== document.body) return;
    const rows = this.#rows;
    const next = row.isConnected ? row : rows[Math.min(at, rows.length - 1)];
    if (next) find(next, '.job-link', HTMLAnchorElement).focus();
  }
}
