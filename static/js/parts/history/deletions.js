import { announcer } from '../../lib/announcer.js';
import { Problem, deleteJob } from '../../lib/api.js';
import { find } from '../../lib/dom.js';
import * as text from '../../text/history.js';

/** Milliseconds in which a deletion can be undone. */
const UNDO_TIME = 8000;

/** Deletes jobs after a delay: until then the row is struck out and has an Undo. Leaving the page deletes them at once. */
export class Deletions {
  #root;
  #after;
  #fail;
  /** @type {Map<string, number>} Timers by job. */
  #waiting = new Map();

  /**
   * @param {HTMLElement} root
   * @param {() => void} after  Called after each request.
   * @param {(message: string) => void} fail
   */
  constructor(root, after, fail) {
    this.#root = root;
    this.#after = after;
    this.#fail = fail;
    root.addEventListener('click', ({ target, detail }) => {
      if (detail > 1) return; // the second click of a double click on Delete would hit Undo
      const button = target instanceof Element ? target.closest('button') : null;
      const id = button?.value ?? '';
      if (button?.name === 'delete') this.#strike(id);
      if (button?.name === 'undo') this.#undo(id);
    });
    addEventListener('pagehide', () => {
      for (const id of [...this.#waiting.keys()]) this.#delete(id);
    });
  }

  /** @param {string} id */
  #strike(id) {
    this.#waiting.set(id, setTimeout(() => this.#delete(id), UNDO_TIME));
    this.#mark(id, true);
    announcer.say(text.deleted(id));
  }

  /** @param {string} id */
  #undo(id) {
    if (!this.#waiting.has(id)) return; // the request was sent
    clearTimeout(this.#waiting.get(id));
    this.#waiting.delete(id);
    this.#mark(id, false);
    announcer.say(text.kept(id));
  }

  /** @param {string} id */
  async #delete(id) {
    clearTimeout(this.#waiting.get(id));
    this.#waiting.delete(id);
    try {
      await deleteJob(id);
    } catch (problem) {
      const gone = problem instanceof Problem && problem.status === 404;
      if (!gone) {
        this.#mark(id, false);
        this.#fail(/** @type {Error} */ (problem).message);
      }
    }
    this.#after();
  }

  /** Marks the row, and focuses the button that replaces the pressed one. @param {string} id @param {boolean} struck */
  #mark(id, struck) {
    const row = this.#root.querySelector(`#job-${id}`);
    if (!(row instanceof HTMLElement)) return;
    const focused = row.contains(document.activeElement);
    row.toggleAttribute('data-struck', struck);
    const box = find(row, '[name=job]', HTMLInputElement);
    if (struck && box.checked) box.click();
    box.disabled = struck;
    if (focused) find(row, struck ? '[name=undo]' : '[name=delete]', HTMLButtonElement).focus();
  }
}
