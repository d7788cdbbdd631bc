/** @import { JobStore } from '../../model/store.js' */
/** @import { Job } from '../../model/types.js' */
import { cancelJob, retryJob } from '../../lib/api.js';
import { find, parts, setHidden, setText } from '../../lib/dom.js';
import { askOnce } from '../../lib/presses.js';
import * as text from '../../text/job.js';

/** Cancels a job while it runs, and afterwards retries its failed or cancelled codes. */
export class Actions {
  #parts;
  /** Gets the focus if no button is left. */
  #title;

  /** @param {HTMLElement} root @param {string} id @param {(job: Job) => void} onRetry  Gets the new job. */
  constructor(root, id, onRetry) {
    this.#parts = parts(root, 'cancel', 'retry', 'problem');
    this.#title = find(root, 'h2', HTMLElement);
    this.#does(this.#parts.cancel, () => cancelJob(id));
    this.#does(this.#parts.retry, async () => onRetry(await retryJob(id)));
  }

  /**
   * Ignores the second click of a double click: it was meant for the first button, which this one has replaced.
   * @param {HTMLElement} button
   * @param {() => Promise<unknown>} act
   */
  #does(button, act) {
    const complain = (/** @type {string} */ message) => setText(this.#parts.problem, message);
    button.addEventListener('click', ({ detail }) => detail < 2 && askOnce(button, act, complain));
  }

  reset() {
    const { cancel, retry, problem } = this.#parts;
    for (const button of [cancel, retry]) button.ariaDisabled = null;
    setText(problem, '');
  }

  /** @param {JobStore} store */
  update({ ended, job: { retryable, state } }) {
    const { cancel, retry } = this.#parts;
    const offered = ended ? retryable > 0 && retry : cancel;
    setText(retry, state === 'interrupted' ? text.resume(retryable) : text.retry(retryable));
    if (offered) offered.hidden = false; // before the other button is hidden and its focus moves here
    for (const button of [cancel, retry]) setHidden(button, button !== offered, () => offered || this.#title);
  }
}
