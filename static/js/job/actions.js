/** @import { JobStore } from './store.js' */
/** @import { Job } from '../lib/types.js' */
import { cancelJob, retryJob } from '../lib/api.js';
import { find, setText } from '../lib/dom.js';
import * as text from './text.js';

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
    this.#cancel.addEventListener('click', () => this.#ask(this.#cancel, () => cancelJob(this.#id)));
    this.#retry.addEventListener('click', () =>
      this.#ask(this.#retry, async () => onRetry(await retryJob(this.#id))),
    );
  }

  /** @param {JobStore} store */
  reset({ job }) {
    this.#id = job.id;
    for (const button of [this.#cancel, this.#retry]) button.ariaDisabled = null;
    setText(this.#error, '');
  }

  /** @param {JobStore} store */
  update({ ended, job: { counts, state } }) {
    const left = counts.error + counts.cancelled;
    const focused = document.activeElement === this.#cancel || document.activeElement === this.#retry;
    this.#cancel.hidden = ended;
    this.#retry.hidden = !ended || left === 0;
    if (focused) this.#keepFocus();
    setText(this.#retry, state === 'interrupted' ? text.resume(left) : text.retry(left));
  }

  /** Or else it would be lost with the button that is hidden. */
  #keepFocus() {
    const next = [this.#cancel, this.#retry].find(({ hidden }) => !hidden) ?? this.#title;
    if (next !== document.activeElement) next.focus({ preventScroll: true });
  }

  /**
   * The button stays disabled: what was asked for shows by the events that
   * follow. Only a refusal gives it back. It keeps the focus meanwhile, which
   * the attribute `disabled` would take away.
   * @param {HTMLButtonElement} button
   * @param {() => Promise<unknown>} act
   */
  async #ask(button, act) {
    if (button.ariaDisabled) return;
    button.ariaDisabled = 'true';
    setText(this.#error, '');
    try {
      await act();
    } catch (problem) {
      button.ariaDisabled = null;
      setText(this.#error, /** @type {Error} */ (problem).message);
    }
  }
}
