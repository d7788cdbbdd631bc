/** @import { Message } from './types.js' */

/**
 * @typedef {{phase: 'connecting'}
 *   | {phase: 'live', caughtUp: number}
 *   | {phase: 'waiting', reason: 'lost' | 'full', seconds: number}
 *   | {phase: 'over'}
 *   | {phase: 'unknown'}} Link
 *   What a watcher may want to be told. `caughtUp` is how many events a
 *   reconnect brought; `seconds` is how long it waits before the next try.
 *
 * @typedef {object} Surroundings  What a test puts in the place of the browser.
 * @property {(url: string) => WebSocket} connect
 * @property {() => number} random
 */

/** Close codes of the contract. */
const JOB_OVER = 1000;
const TOO_MANY_WATCHERS = 1013;
const UNKNOWN_JOB = 4404;

const FIRST_WAIT = 0.5;
const LONGEST_WAIT = 10;

/**
 * The websocket of one job, which comes back by itself when it is lost.
 *
 * Dispatches `message` (its `detail` a Message) and `link` (a Link).
 */
export class JobConnection extends EventTarget {
  /** @type {WebSocket | null} */
  #socket = null;
  /** Whether it has said anything yet. */
  #stands = false;
  #failures = 0;
  #timer = 0;
  /** When the network is back, it tries now rather than when the wait is over. */
  #hurry = () => this.open();
  #url;
  #lastSeq;
  #around;

  /**
   * @param {string} url
   * @param {() => number | null} lastSeq  The last event seen; null asks for a snapshot.
   * @param {Surroundings} around
   */
  constructor(url, lastSeq, around = { connect: (at) => new WebSocket(at), random: Math.random }) {
    super();
    this.#url = url;
    this.#lastSeq = lastSeq;
    this.#around = around;
  }

  open() {
    this.close();
    this.#tell({ phase: 'connecting' });
    const since = this.#lastSeq();
    const socket = this.#around.connect(since === null ? this.#url : `${this.#url}?since=${since}`);
    this.#socket = socket;
    this.#stands = false;
    socket.addEventListener('message', ({ data }) => this.#receive(JSON.parse(data)));
    socket.addEventListener('close', ({ code }) => this.#lost(socket, code));
  }

  /** Ends it for good; a later `open()` begins anew. */
  close() {
    clearTimeout(this.#timer);
    removeEventListener('online', this.#hurry);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  /** @param {Message} message */
  #receive(message) {
    if (!this.#stands) this.#standsSince(message);
    this.dispatchEvent(new CustomEvent('message', { detail: message }));
  }

  /** The first message tells that the link stands, and what had been missed. @param {Message} message */
  #standsSince(message) {
    const again = this.#failures > 0 && message.type === 'events';
    this.#stands = true;
    this.#failures = 0;
    this.#tell({ phase: 'live', caughtUp: again ? message.events.length : 0 });
  }

  /**
   * @param {WebSocket} socket
   * @param {number} code
   */
  #lost(socket, code) {
    if (socket !== this.#socket) return; // closed by us, or replaced since
    this.#socket = null;
    if (code === JOB_OVER) this.#tell({ phase: 'over' });
    else if (code === UNKNOWN_JOB) this.#tell({ phase: 'unknown' });
    else this.#waitAndRetry(code === TOO_MANY_WATCHERS ? 'full' : 'lost');
  }

  /**
   * Waits twice as long after each failure, and never quite as long as others
   * do: a server that comes back isn't met by all its watchers at once.
   * @param {'lost' | 'full'} reason
   */
  #waitAndRetry(reason) {
    const wait = reason === 'full' ? LONGEST_WAIT : FIRST_WAIT * 2 ** this.#failures;
    const seconds = Math.min(wait, LONGEST_WAIT) * (0.5 + this.#around.random() / 2);
    this.#failures += 1;
    this.#timer = setTimeout(() => this.open(), seconds * 1000);
    addEventListener('online', this.#hurry);
    this.#tell({ phase: 'waiting', reason, seconds });
  }

  /** @param {Link} link */
  #tell(link) {
    this.dispatchEvent(new CustomEvent('link', { detail: link }));
  }
}
