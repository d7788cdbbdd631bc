/** @import { Message } from './types.js' */

/**
 * @typedef {object} Clock  Time and other inputs from outside; a test injects its own.
 * @property {() => number} now  Milliseconds. The clock goes on while the machine sleeps, and may be changed.
 * @property {(milliseconds: number, action: () => void) => () => void} after  Returns a function that cancels it.
 * @property {() => number} random
 * @property {(action: () => void) => () => void} onWake  Calls back when the page may have missed something.
 *
 * @typedef {object} Ways  Two ways to get a job's messages. Both begin where the page's copy of the job ends.
 * @property {() => WebSocket} connect
 * @property {(signal: AbortSignal) => Promise<Message | null>} ask  null: there is no such job.
 *
 * @typedef {object} Listener
 * @property {(message: Message) => void} heard
 * @property {(code: number) => void} ended  Called at most once, and not after stop().
 */

/** Close codes: one of the API, and our own for a failure. */
export const UNKNOWN_JOB = 4404;
const FAILED = 0;

/** How long a socket's first message, or the answer to a request, may take: milliseconds. */
const PATIENCE = 5000;
/** Two intervals between heartbeats, and half of one for the network. */
const MISSED = 2.5;
const TICK = 1000;

/** A job's messages over a websocket. It ends when the socket closes, or when no message comes for too long. */
export class SocketChannel {
  #clock;
  #listener;
  #socket;
  #heardAt;
  #patience = PATIENCE;
  #open = true;
  #cancelTick = () => {};

  /** @param {Ways} ways @param {Clock} clock @param {Listener} listener */
  constructor(ways, clock, listener) {
    this.#clock = clock;
    this.#listener = listener;
    this.#socket = ways.connect();
    this.#socket.addEventListener('message', ({ data }) => this.#open && this.#receive(JSON.parse(data)));
    this.#socket.addEventListener('close', ({ code }) => this.#open && this.#end(code));
    this.#heardAt = clock.now();
    this.#tick();
  }

  /** Ends the channel if it has been silent for too long. */
  check() {
    const silence = this.#clock.now() - this.#heardAt;
    if (silence < 0) this.#heardAt = this.#clock.now(); // the clock was set back
    if (silence > this.#patience) this.#end(FAILED);
  }

  stop() {
    this.#open = false;
    this.#cancelTick();
    this.#socket.close();
  }

  /** Checks every second, instead of one long timer: timers stand still while the machine sleeps. */
  #tick() {
    this.#cancelTick = this.#clock.after(TICK, () => {
      this.#tick();
      this.check();
    });
  }

  /** @param {Message | {type: 'heartbeat', seconds: number}} message */
  #receive(message) {
    this.#heardAt = this.#clock.now();
    if (message.type === 'heartbeat') this.#patience = MISSED * message.seconds * 1000;
    else this.#listener.heard(message);
  }

  /** @param {number} code */
  #end(code) {
    this.stop();
    this.#listener.ended(code);
  }
}

const POLL_INTERVAL = 2000;

/** The same messages by plain requests. It ends with the first request that fails. */
export class RequestChannel {
  #ways;
  #clock;
  #listener;
  /** Of the current request, or of the last one. */
  #abort = new AbortController();
  #cancelTimer = () => {};

  /** @param {Ways} ways @param {Clock} clock @param {Listener} listener */
  constructor(ways, clock, listener) {
    this.#ways = ways;
    this.#clock = clock;
    this.#listener = listener;
    this.check();
  }

  /** Asks now: the request before may never be answered. */
  async check() {
    this.stop();
    const abort = new AbortController();
    this.#abort = abort;
    this.#cancelTimer = this.#clock.after(PATIENCE, () => this.#end(FAILED));
    const message = await this.#ways.ask(abort.signal).catch(() => undefined);
    if (abort.signal.aborted) return;
    if (!message) return this.#end(message === null ? UNKNOWN_JOB : FAILED);
    this.#cancelTimer();
    this.#cancelTimer = this.#clock.after(POLL_INTERVAL, () => this.check());
    this.#listener.heard(message);
  }

  stop() {
    this.#cancelTimer();
    this.#abort.abort();
  }

  /** @param {number} code */
  #end(code) {
    this.stop();
    this.#listener.ended(code);
  }
}
