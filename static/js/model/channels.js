/** @import { Message } from './types.js' */

/**
 * @typedef {object} Clock  Time, and what else comes from outside; a test injects its own.
 * @property {() => number} now  Milliseconds. It goes on while the machine sleeps, and may be set.
 * @property {(milliseconds: number, action: () => void) => () => void} after  Returns a function that cancels it.
 * @property {() => number} random
 * @property {(action: () => void) => () => void} onWake  Calls back when the page may have missed something.
 *
 * @typedef {object} Ways  How to reach the job. Both begin where the page's copy of the job ends.
 * @property {() => WebSocket} connect
 * @property {(signal: AbortSignal) => Promise<Message | null>} ask  null: there is no such job.
 *
 * @typedef {object} Listener
 * @property {(message: Message) => void} heard
 * @property {(code: number) => void} ended  Called at most once, and not after stop().
 */

/** Close codes: of the API, and our own, for what has failed. */
export const UNKNOWN_JOB = 4404;
const FAILED = 0;

/** How long the first word of a socket may take, and an answer: milliseconds. */
const PATIENCE = 5000;
/** Two heartbeats, and half of one for the way. */
const MISSED = 2.5;
const TICK = 1000;

/** A job's messages over a websocket. It ends when the socket closes, or when nothing is heard for too long. */
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

  /** Not one timer for all of the patience: timers stand still while the machine sleeps. */
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

  /** Asks now: what was asked before may never be answered. */
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
