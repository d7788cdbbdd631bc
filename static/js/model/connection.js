/** @import { Message } from './types.js' */

/**
 * @typedef {{phase: 'connecting'}
 *   | {phase: 'live', caughtUp: number}
 *   | {phase: 'waiting', reason: 'lost' | 'full', seconds: number}
 *   | {phase: 'over'}
 *   | {phase: 'unknown'}} Link
 *   The state of the connection. `caughtUp` is how many events a reconnect brought, `seconds` the wait before the next
 *   attempt.
 *
 * @typedef {object} Environment  A test injects its own.
 * @property {(url: string) => WebSocket} connect
 * @property {() => number} random
 */

/** Close codes of the API. */
const JOB_OVER = 1000;
const TOO_MANY_WATCHERS = 1013;
const UNKNOWN_JOB = 4404;

const FIRST_WAIT = 0.5;
const LONGEST_WAIT = 10;

/**
 * The websocket of one job. It reconnects by itself.
 *
 * Dispatches `message` (its `detail` a Message) and `link` (a Link).
 */
export class JobConnection extends EventTarget {
  /** @type {WebSocket | null} */
  #socket = null;
  /** Whether it has received a message. */
  #hasReceived = false;
  #failures = 0;
  #timer = 0;
  /** When the network is back, it doesn't wait any longer. */
  #retryNow = () => this.open();
  #url;
  #lastSeq;
  #environment;

  /**
   * @param {string} url
   * @param {() => number | null} lastSeq  The last event seen; null asks for a snapshot.
   * @param {Environment} environment
   */
  constructor(url, lastSeq, environment = { connect: (at) => new WebSocket(at), random: Math.random }) {
    super();
    this.#url = url;
    this.#lastSeq = lastSeq;
    this.#environment = environment;
  }

  open() {
    this.close();
    this.#announce({ phase: 'connecting' });
    const since = this.#lastSeq();
    const socket = this.#environment.connect(since === null ? this.#url : `${this.#url}?since=${since}`);
    this.#socket = socket;
    this.#hasReceived = false;
    socket.addEventListener('message', ({ data }) => this.#receive(JSON.parse(data)));
    socket.addEventListener('close', ({ code }) => this.#closed(socket, code));
  }

  /** Closes it. open() may open it again. */
  close() {
    clearTimeout(this.#timer);
    removeEventListener('online', this.#retryNow);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  /** @param {Message} message */
  #receive(message) {
    if (!this.#hasReceived) this.#opened(message);
    this.dispatchEvent(new CustomEvent('message', { detail: message }));
  }

  /** The first message shows that the connection is open, and which events were missed. @param {Message} message */
  #opened(message) {
    const again = this.#failures > 0 && message.type === 'events';
    this.#hasReceived = true;
    this.#failures = 0;
    this.#announce({ phase: 'live', caughtUp: again ? message.events.length : 0 });
  }

  /** @param {WebSocket} socket @param {number} code */
  #closed(socket, code) {
    if (socket !== this.#socket) return; // closed by us, or replaced
    this.#socket = null;
    if (code === JOB_OVER) this.#announce({ phase: 'over' });
    else if (code === UNKNOWN_JOB) this.#announce({ phase: 'unknown' });
    else this.#waitAndRetry(code === TOO_MANY_WATCHERS ? 'full' : 'lost');
  }

  /**
   * Waits twice as long after each failure, with jitter: a server that restarts must not meet all watchers at once.
   * @param {'lost' | 'full'} reason
   */
  #waitAndRetry(reason) {
    const wait = reason === 'full' ? LONGEST_WAIT : FIRST_WAIT * 2 ** this.#failures;
    const seconds = Math.min(wait, LONGEST_WAIT) * (0.5 + this.#environment.random() / 2);
    this.#failures += 1;
    this.#timer = setTimeout(() => this.open(), seconds * 1000);
    addEventListener('online', this.#retryNow);
    this.#announce({ phase: 'waiting', reason, seconds });
  }

  /** @param {Link} link */
  #announce(link) {
    this.dispatchEvent(new CustomEvent('link', { detail: link }));
  }
}
