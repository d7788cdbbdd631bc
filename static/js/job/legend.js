/** @import { JobStore } from './store.js' */
import { find, findAll, setText } from '../lib/dom.js';
import { connectionsOf } from './speedup.js';
import * as text from './text.js';

/** So often (ms) it changes, or nobody could read it. */
const READING_TIME = 250;

/**
 * What is seen, tied to the call in the strategy's code that does it: how many were asked for, are
 * at work, came back. Shows the strategy's code too, whose calls bear the same numbers.
 */
export class Legend {
  #ofStrategies;
  /** What is said of each call of the strategy at work. @type {[string, HTMLElement][]} */
  #calls = [];
  #saidAt = 0;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#ofStrategies = findAll(root, '[data-of-strategy]', HTMLElement);
  }

  /** @param {JobStore} store */
  reset({ job: { spec } }) {
    for (const part of this.#ofStrategies) part.hidden = part.dataset.ofStrategy !== spec.strategy;
    this.#calls = this.#ofStrategies
      .filter((part) => !part.hidden)
      .flatMap((part) => findAll(part, '[data-call]', HTMLElement))
      .map((call) => [call.dataset.call ?? '', find(call, '[data-said]', HTMLElement)]);
    this.#saidAt = 0;
  }

  /** @param {JobStore} store */
  update(store) {
    if (!store.ended && performance.now() - this.#saidAt < READING_TIME) return;
    this.#saidAt = performance.now();
    const said = this.#say(store);
    for (const [call, element] of this.#calls) setText(element, said[call] ?? '');
  }

  /** @param {JobStore} store */
  #say({ job, running, busy, held, remaining, arrived }) {
    return text.calls(job.spec.strategy, {
      total: job.total,
      waiting: remaining - running,
      workers: connectionsOf(job),
      busy,
      now: job.items.find(({ status }) => status === 'running')?.cc ?? '',
      held,
      returned: arrived.length,
      last: arrived.at(-1)?.cc ?? '',
      next: job.items[arrived.length]?.cc ?? '',
      counts: job.counts,
    });
  }
}
