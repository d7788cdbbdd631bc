/** @import { JobStore } from '../../model/store.js' */
/** @import { Job } from '../../model/types.js' */
import { cancelJob, retryJob } from '../../lib/api.js';
import { find, parts, setHidden, setText } from '../../lib/dom.js';
import { askOnce } from '../../lib/presses.js';
import * as text from '../../text/job.js';

/** How long (ms) a press was meant for the focused button that this one has replaced. */
const SECOND_PRESS = 700;

/** Cancels a job while it runs, and afterwards retries its failed or cancelled codes. */
export class Actions {
  #parts;
  /** Gets the focus if no button is left. */
  #title;
  #replacedAt = -Infinity;

  /** @param {HTMLElement} root @param {string} id @param {(job: Job) => void} onRetry  Gets the new job. */
  constructor(root, id, onRetry) {
    this.#parts = parts(root, 'cancel', 'retry', 'problem');
    this.#title = find(root, 'h2', HTMLElement);
    this.#does(this.#parts.cancel, () => cancelJob(id));
    this.#does(this.#parts.retry, async () => onRetry(await retryJob(id)));
  }

  /**
   * Ignores a second press that was meant for another button, which this one has replaced: here, or on the page before.
   * @param {HTMLElement} button
   * @param {() => Promise<unknown>} act
   */
  #does(button, act) {
    const complain = (/** @type {string} */ message) => setText(this.#parts.problem, message);
    button.addEventListener('click', ({ detail, timeStamp }) => {
      if (detail < 2 && timeStamp - this.#replacedAt > SECOND_PRESS) askOnce(button, act, complain);
    });
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
    for (const button of [cancel, retry]) setHidden(button, button !== offered, () => this.#replace(offered || this.#title));
  }

  /** @param {HTMLElement} next */
  #replace(next) {
    this.#replacedAt = performance.now();
    return next;
  }
}
