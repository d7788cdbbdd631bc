import { findAll } from '../../lib/dom.js';
import { localizeTimes } from '../../lib/localtime.js';
import { onWake } from '../../lib/wake.js';
import { patch } from './patch.js';

/** The poll interval in milliseconds: while a job runs, and while none does. */
const POLL_RUNNING = 1000;
const POLL_IDLE = 4000;
/** A connection may be lost silently: after this time (ms), it is given up for another one. */
const TIMEOUT = 5000;

/**
 * Keeps a part of the page up to date: polls the page from the server while it is visible.
 *
 * Dispatches `answered` or `lost` after each request. Before `answered`, it dispatches `patching` and `patched` if
 * something differs.
 */
export class LivePage extends EventTarget {
  #root;
  /** The part as the server rendered it last, without the changes by scripts. */
  #rendered;
  #etag = '';
  #timer = 0;
  #asking = false;
  #again = false;
  /** Of the last request. */
  #abort = new AbortController();

  /** @param {HTMLElement} root  Its id finds it in each answer. */
  constructor(root) {
    super();
    this.#root = root;
    this.#rendered = /** @type {HTMLElement} */ (root.cloneNode(true));
    localizeTimes(root);
    onWake(() => this.#wake());
    this.#wait(POLL_RUNNING);
  }

  /** Asks now, or once more after the current answer. Does not ask while the page is hidden. */
  async refresh() {
    clearTimeout(this.#timer);
    this.#again = this.#asking;
    if (document.hidden || this.#asking) return;
    this.#asking = true;
    const answered = await this.#ask().catch(() => false);
    this.#asking = false;
    if (answered) this.dispatchEvent(new Event('answered'));
    else if (!this.#again) this.dispatchEvent(new Event('lost'));
    if (this.#again) this.refresh();
    else this.#wait(this.#isRunning ? POLL_RUNNING : POLL_IDLE);
  }

  /** Asks again: the request before may never be answered. */
  #wake() {
    this.#abort.abort();
    this.refresh();
  }

  get #isRunning() {
    return findAll(this.#root, '[data-state=running], [data-state=pending]', Element).length > 0;
  }

  /** @param {number} milliseconds */
  #wait(milliseconds) {
    this.#timer = setTimeout(() => this.refresh(), milliseconds);
  }

  async #ask() {
    const abort = new AbortController();
    this.#abort = abort;
    const response = await fetch(location.href, {
      headers: this.#etag ? { 'If-None-Match': this.#etag } : {},
      signal: AbortSignal.any([abort.signal, AbortSignal.timeout(TIMEOUT)]),
    });
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
