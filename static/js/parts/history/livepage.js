import { findAll } from '../../lib/dom.js';
import { localizeTimes } from '../../lib/localtime.js';
import { patch } from './patch.js';

/** Milliseconds between two looks: while a job runs, and while none does. */
const WHILE_RUNNING = 1000;
const WHILE_IDLE = 4000;

/**
 * Keeps a part of the page as the server would render it now, by asking for the page again and
 * again while somebody can see it.
 *
 * Dispatches `answered` or `lost` after each look, and before the former, where something differs,
 * `patching` and `patched`.
 */
export class LivePage extends EventTarget {
  #root;
  /** The part as the server has rendered it last; the page's own is changed by scripts. */
  #rendered;
  #etag = '';
  #timer = 0;
  #asking = false;
  #again = false;

  /** @param {HTMLElement} root  Known by its id, in each answer too. */
  constructor(root) {
    super();
    this.#root = root;
    this.#rendered = /** @type {HTMLElement} */ (root.cloneNode(true));
    localizeTimes(root);
    document.addEventListener('visibilitychange', () => this.refresh());
    this.#wait(WHILE_RUNNING);
  }

  /** Looks at once, unless nobody sees it; while an answer is on its way, once more after it. */
  async refresh() {
    clearTimeout(this.#timer);
    this.#again = this.#asking;
    if (document.hidden || this.#asking) return;
    this.#asking = true;
    const answered = await this.#ask().catch(() => false);
    this.#asking = false;
    this.dispatchEvent(new Event(answered ? 'answered' : 'lost'));
    if (this.#again) this.refresh();
    else this.#wait(answered && this.#isRunning ? WHILE_RUNNING : WHILE_IDLE);
  }

  get #isRunning() {
    return findAll(this.#root, '[data-state=running], [data-state=pending]', Element).length > 0;
  }

  /** @param {number} milliseconds */
  #wait(milliseconds) {
    this.#timer = setTimeout(() => this.refresh(), milliseconds);
  }

  async #ask() {
    const response = await fetch(location.href, { headers: this.#etag ? { 'If-None-Match': this.#etag } : {} });
    if (response.status === 304) return true;
    const answer = new DOMParser().parseFromString(await response.text(), 'text/html');
    const part = answer.getElementById(this.#root.id);
    if (!response.ok || !part) return false;
    this.#etag = response.headers.get('ETag') ?? '';
    this.#take(part);
    return true;
  }

  /** @param {HTMLElement} part */
  #take(part) {
    this.dispatchEvent(new Event('patching'));
    patch(this.#root, this.#rendered, part);
    this.#rendered = part;
    localizeTimes(this.#root);
    this.dispatchEvent(new Event('patched'));
  }
}
