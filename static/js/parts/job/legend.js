/** @import { JobStore } from '../../model/store.js' */
/** @import { Row, Status } from '../../model/types.js' */
import { find, findAll, setText } from '../../lib/dom.js';
import * as text from '../../text/job.js';

/** It changes at most so often (ms), to be readable. */
const READING_TIME = 250;

/**
 * Says what each call of the strategy's code is doing: how many codes were submitted, are running, were returned. Shows
 * the code, too, in which the calls have the same numbers.
 */
export class Legend {
  #ofStrategies;
  /** For each call of this strategy, the element that says what it does. @type {[string, HTMLElement][]} */
  #calls = [];
  #saidAt = -Infinity;

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
    this.#saidAt = -Infinity;
  }

  /** @param {JobStore} store */
  update(store) {
    if (!store.ended && performance.now() - this.#saidAt < READING_TIME) return;
    this.#saidAt = performance.now();
    const said = this.#say(store);
    for (const [call, element] of this.#calls) setText(element, said[call] ?? '');
  }

  /** @param {JobStore} store */
  #say({ job, ended, looks }) {
    const { items, total, returned } = job;
    return text.calls(job.spec.strategy, {
      total,
      pending: looks.pending,
      workers: job.concurrency,
      running: looks.running,
      now: items.find(({ status }) => status === 'running')?.cc ?? '',
      held: looks.held,
      returned,
      last: items.reduce((last, row) => ((row.returned ?? -1) > (last.returned ?? -1) ? row : last)).cc,
      next: (!ended && items.find((row) => row.returned === null)?.cc) || '',
      counts: countReturned(items),
    });
  }
}

/** How many results of each status were returned. @param {Row[]} items */
function countReturned(items) {
  /** @type {Record<Status, number>} */
  const counts = { pending: 0, running: 0, ok: 0, not_found: 0, error: 0, cancelled: 0 };
  for (const { status, returned } of items) if (returned !== null) counts[status] += 1;
  return counts;
}
