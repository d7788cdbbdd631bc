/** @import { JobStore } from '../../model/store.js' */
/** @import { Job } from '../../model/types.js' */
import { cancelJob, retryJob } from '../../lib/api.js';
import { find, setHidden, setText } from '../../lib/dom.js';
import * as text from '../../text/job.js';

/** What can be done to a job: cancel it while it runs, and afterwards retry what failed. */
export class Actions {
  #cancel;
  #retry;
  #error;
  /** Takes the focus where no button is left. */
  #title;
  #id = '';

  /**
   * @param {HTMLElement} root
   * @param {(job: Job) => void} onRetry  Gets the new job.
   */
  constructor(root, onRetry) {
    this.#cancel = find(root, '[data-cancel]', HTMLButtonElement);
    this.#retry = find(root, '[data-retry]', HTMLButtonElement);
    this.#error = find(root, '[data-problem]', HTMLElement);
    this.#title = find(root, 'h2', HTMLElement);
    this.#does(this.#cancel, cancelJob);
    this.#does(this.#retry, async (id) => onRetry(await retryJob(id)));
  }

  /**
   * One button takes the other's place: the second click of two was meant for the first.
   * @param {HTMLButtonElement} button
   * @param {(id: string) => Promise<unknown>} act
   */
  #does(button, act) {
    button.addEventListener('click', ({ detail }) => detail < 2 && this.#ask(button, act));
  }

  /** @param {JobStore} store */
  reset({ job }) {
    this.#id = job.id;
    for (const button of [this.#cancel, this.#retry]) button.ariaDisabled = null;
    setText(this.#error, '');
  }

  /** @param {JobStore} store */
  update({ ended, job: { retryable, state } }) {
    const offered = ended ? retryable > 0 && this.#retry : this.#cancel;
    setText(this.#retry, state === 'interrupted' ? text.resume(retryable) : text.retry(retryable));
    if (offered) offered.hidden = false; // before the other is hidden, whose focus it takes
    for (const button of [this.#cancel, this.#retry]) setHidden(button, button !== offered, () => offered || this.#title);
  }

  /**
   * The button stays disabled: what was asked for shows by the events that
   * follow. Only a refusal gives it back. It keeps the focus meanwhile, which
   * the attribute `disabled` would take away.
   * @param {HTMLButtonElement} button
   * @param {(id: string) => Promise<unknown>} act
   */
  async #ask(button, act) {
    if (button.ariaDisabled) return;
    button.ariaDisabled = 'true';
    setText(this.#error, '');
    const id = this.#id;
    try {
      await act(id);
    } catch (problem) {
      if (id !== this.#id) return; // another job is shown since
      button.ariaDisabled = null;
      setText(this.#error, /** @type {Error} */ (problem).message);
    }
  }
}
