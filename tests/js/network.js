/** @import { Message } from '../../static/js/model/types.js' */
/** A network and a clock that do what the test wants. */

/** A socket. The test is the other end. */
export class Socket extends EventTarget {
  /** All sockets that were made since a test emptied this list. @type {Socket[]} */
  static all = [];
  closed = false;

  /** @param {string} url */
  constructor(url) {
    super();
    this.url = url;
    Socket.all.push(this);
  }

  static get last() {
    return Socket.all[Socket.all.length - 1];
  }

  close() {
    this.closed = true;
  }

  /** @param {object} message */
  hear(message) {
    this.dispatchEvent(Object.assign(new Event('message'), { data: JSON.stringify(message) }));
  }

  /** @param {number} code */
  lose(code) {
    this.dispatchEvent(Object.assign(new Event('close'), { code }));
  }
}

/** Time that goes on when the test says so. */
export class TestClock {
  time = 0;
  /** How far the clock moved while timers stood still, or because it was set. */
  shift = 0;
  /** @type {{due: number, action: () => void}[]} */
  #timers = [];
  /** @type {Set<() => void>} */
  sleepers = new Set();
  random = () => 1;
  now = () => this.time + this.shift;

  /** @param {number} milliseconds @param {() => void} action */
  after = (milliseconds, action) => {
    const timer = { due: this.time + milliseconds, action };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  /** @param {() => void} action */
  onWake = (action) => {
    this.sleepers.add(action);
    return () => this.sleepers.delete(action);
  };

  /** How many timers wait. */
  get waiting() {
    return this.#timers.length;
  }

  wake() {
    for (const action of [...this.sleepers]) action();
    return settled();
  }

  /** Lets timers run for so long, and what they lead to. @param {number} seconds */
  async run(seconds) {
    const end = this.time + seconds * 1000;
    for (;;) {
      const next = this.#timers.filter(({ due }) => due <= end).sort((one, other) => one.due - other.due)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.time = next.due;
      next.action();
      await settled();
    }
    this.time = end;
  }
}

/** Requests that the test answers. */
export class Requests {
  /** @type {{answer: (message: Message | null) => Promise<void>, fail: () => Promise<void>, signal: AbortSignal}[]} */
  all = [];

  /** @param {AbortSignal} signal @returns {Promise<Message | null>} */
  ask = (signal) =>
    new Promise((resolve, reject) => {
      const fail = () => reject(new Error('no answer'));
      signal.addEventListener('abort', fail);
      this.all.push({
        signal,
        answer: (message) => (resolve(message), settled()),
        fail: () => (fail(), settled()),
      });
    });

  get last() {
    return this.all[this.all.length - 1];
  }
}

/** The real setTimeout, also in a test that replaces it. */
const { setTimeout: soon } = globalThis;

/** Waits until all promises that are ready have called back. */
export const settled = () => new Promise((done) => soon(done, 0));

/** Makes the timers of all modules follow a clock. @param {TestClock} clock */
export const setTimers = (clock) =>
  Object.assign(globalThis, {
    setTimeout: (/** @type {() => void} */ action, milliseconds = 0) => clock.after(milliseconds, action),
    clearTimeout: (/** @type {(() => void) | undefined} */ cancel) => cancel && cancel(),
  });

export const NOTHING = { type: /** @type {const} */ ('events'), events: [] };
