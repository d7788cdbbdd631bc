/** @import { Clock, Ways } from './channels.js' */
/** @import { Message } from './types.js' */
import { RequestChannel, SocketChannel, UNKNOWN_JOB } from './channels.js';

/**
 * @typedef {{phase: 'connecting'}
 *   | {phase: 'live', caughtUp: number}
 *   | {phase: 'polling'}
 *   | {phase: 'waiting', seconds: number}
 *   | {phase: 'over'}
 *   | {phase: 'unknown'}} Link
 *   The state of the connection. `live`: over the websocket; `polling`: by requests. `caughtUp` is how many events a
 *   reconnect brought, `seconds` the wait before the next attempt.
 */

const FIRST_WAIT = 0.5;
const LONGEST_WAIT = 10;
/** How long requests replace the socket before the socket is tried again (ms). */
const SOCKET_RETRY = 30_000;

/**
 * The connection to one job: a websocket or, if that fails, requests. It reconnects by itself.
 *
 *     connecting ─ the socket speaks ──────────────→ live
 *     connecting ─ the socket fails, requests work → polling ─ the socket speaks → live
 *     all three  ─ its channel fails ──────────────→ waiting → connecting
 *
 * Dispatches `message` (its `detail` a Message) and `link` (a Link).
 */
export class JobConnection extends EventTarget {
  #ways;
  #clock;
  /** @type {Link['phase']} */
  #phase = 'over';
  /** @type {SocketChannel | null} */
  #socket = null;
  /** @type {RequestChannel | null} */
  #requests = null;
  #failures = 0;
  #cancelTimer = () => {};
  #stopWaking = () => {};

  /** @param {Ways} ways @param {Clock} clock */
  constructor(ways, clock) {
    super();
    this.#ways = ways;
    this.#clock = clock;
  }

  open() {
    this.close();
    this.#stopWaking = this.#clock.onWake(() => this.#wake());
    this.#announce({ phase: 'connecting' });
    this.#trySocket();
  }

  /** Closes it. open() may open it again. */
  close() {
    this.#stopWaking();
    this.#hangUp();
  }

  /** The page may have slept: checks now what the next timer would check. */
  #wake() {
    this.#requests?.check();
    this.#socket?.check();
    if (this.#phase === 'waiting') this.open();
  }

  #trySocket() {
    this.#socket = new SocketChannel(this.#ways, this.#clock, {
      heard: (message) => this.#socketSpoke(message),
      ended: (code) => this.#socketEnded(code),
    });
  }

  /** @param {Message} message */
  #socketSpoke(message) {
    if (this.#phase !== 'live') {
      this.#cancelTimer();
      this.#requests?.stop();
      this.#requests = null;
      const again = this.#failures > 0 && message.type === 'events';
      this.#failures = 0;
      this.#announce({ phase: 'live', caughtUp: again ? message.events.length : 0 });
    }
    this.dispatchEvent(new CustomEvent('message', { detail: message }));
  }

  /** @param {number} code */
  #socketEnded(code) {
    this.#socket = null;
    if (code === UNKNOWN_JOB) this.#giveUp();
    else if (this.#phase === 'live') this.#waitAndRetry();
    else if (this.#requests) this.#cancelTimer = this.#clock.after(SOCKET_RETRY, () => this.#trySocket());
    else this.#tryRequests();
  }

  #tryRequests() {
    this.#requests = new RequestChannel(this.#ways, this.#clock, {
      heard: (message) => this.#requestsSpoke(message),
      ended: (code) => (code === UNKNOWN_JOB ? this.#giveUp() : this.#waitAndRetry()),
    });
  }

  /** @param {Message} message */
  #requestsSpoke(message) {
    if (this.#phase !== 'polling') {
      this.#failures = 0;
      this.#cancelTimer = this.#clock.after(SOCKET_RETRY, () => this.#trySocket());
      this.#announce({ phase: 'polling' });
    }
    this.dispatchEvent(new CustomEvent('message', { detail: message }));
  }

  #giveUp() {
    this.close();
    this.#announce({ phase: 'unknown' });
  }

  /** Waits twice as long after each failure, with jitter: else all pages reconnect to a restarted server at once. */
  #waitAndRetry() {
    this.#hangUp();
    const wait = Math.min(FIRST_WAIT * 2 ** this.#failures, LONGEST_WAIT);
    const seconds = wait * (0.5 + this.#clock.random() / 2);
    this.#failures += 1;
    this.#cancelTimer = this.#clock.after(seconds * 1000, () => this.open());
    this.#announce({ phase: 'waiting', seconds });
  }

  #hangUp() {
    this.#cancelTimer();
    this.#socket?.stop();
    this.#requests?.stop();
    this.#socket = null;
    this.#requests = null;
  }

  /** @param {Link} link */
  #announce(link) {
    this.#phase = link.phase;
    this.dispatchEvent(new CustomEvent('link', { detail: link }));
  }
}
