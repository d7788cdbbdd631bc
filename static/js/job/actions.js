/** @import { JobStore } from './store.js' */
/** @import { Job } from '../lib/types.js' */
import { cancelJob, retryJob } from '../lib/api.js';
import { find, setText } from '../lib/dom.js';
import { query } from '../form/link.js';
import { requestOf } from './request.js';
import * as text from './text.js';

/** What can be done to a job: cancel it while it runs; afterwards retry what failed, or do it again. */
export class Actions {
  #cancel;
  #retry;
  #again;
  #error;
  #id = '';

  /**
   * @param {HTMLElement} root
   * @param {(job: Job) => void} onRetry  Gets the new job.
   */
  constructor(root, onRetry) {
    this.#cancel = find(root, '[data-cancel]', HTMLButtonElement);
    this.#retry = find(root, '[data-retry]', HTMLButtonElement);
    this.#again = find(root, '[data-again]', HTMLAnchorElement);
    this.#error = find(root, '[data-problem]', HTMLElement);
    this.#cancel.addEventListener('click', () => this.#ask(this.#cancel, () => cancelJob(this.#id)));
    this.#retry.addEventListener('click', () =>
      this.#ask(this.#retry, async () => onRetry(await retryJob(this.#id))),
    );
  }

  /** @param {JobStore} store */
  reset({ job }) {
    this.#id = job.id;
    this.#again.href = `/?${query(requestOf(job))}`;
    this.#cancel.disabled = this.#retry.disabled = false;
    setText(this.#error, '');
  }

  /** @param {JobStore} store */
  update({ ended, job: { counts, state } }) {
    const left = counts.error + counts.cancelled;
    this.#cancel.hidden = ended;
    this.#again.hidden = !ended;
    this.#retry.hidden = !ended || left === 0;
    setText(this.#retry, state === 'interrupted' ? text.resume(left) : text.retry(left));
  }

  /**
   * The button stays disabled: what was asked for shows by the events that
   * follow. Only a refusal gives it back.
   * @param {HTMLButtonElement} button
   * @param {() => Promise<unknown>} act
   */
  async #ask(button, act) {
    button.disabled = true;
    setText(this.#error, '');
    try {
      await act();
    } catch (problem) {
      button.disabled = false;
      setText(this.#error, /** @type {Error} */ (problem).message);
    }
  }
}
