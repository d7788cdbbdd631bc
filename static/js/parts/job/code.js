/** @import { JobStore } from '../../model/store.js' */
/** @import { Row, Status } from '../../model/types.js' */
import { findAll, setText } from '../../lib/dom.js';
import * as text from '../../text/job.js';

/** The strategy's code: says below each call what it is doing, and highlights the calls that are active. */
export class Code {
  #calls;
  #said;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#calls = findAll(root, '[data-call]', HTMLElement);
    this.#said = findAll(root, '[data-said]', HTMLElement);
  }

  /** @param {JobStore} store */
  update(store) {
    const { state, spec } = store.job;
    const said = state === 'pending' ? {} : text.calls(spec.strategy, progressOf(store)); // nothing is called yet
    for (const place of this.#said) setText(place, said[place.dataset.said ?? ''] ?? '');
    const active = activeCalls(store);
    for (const call of this.#calls) call.toggleAttribute('data-active', active.has(call.dataset.call ?? ''));
  }
}

/** The active calls: their codes wait or run, or the main thread waits for a result. @param {JobStore} store */
function activeCalls({ job: { state, total, returned }, looks }) {
  const active = new Set();
  if (state !== 'running') return active;
  if (looks.pending) active.add('submitted');
  if (looks.running) active.add('running');
  if (returned < total) active.add('returned');
  return active;
}

/** @param {JobStore} store */
function progressOf({ job, ended, looks }) {
  const { items, total, returned } = job;
  return {
    total,
    pending: looks.pending,
    workers: job.concurrency,
    running: looks.running,
    done: items.filter(({ finished, returned }) => finished !== null || returned !== null).length,
    now: items.find(({ status }) => status === 'running')?.cc ?? '',
    held: looks.held,
    returned,
    last: items.reduce((last, row) => ((row.returned ?? -1) > (last.returned ?? -1) ? row : last)).cc,
    next: (!ended && items.find((row) => row.returned === null)?.cc) || '',
    counts: countReturned(items),
  };
}

/** How many results of each status were returned. @param {Row[]} items */
function countReturned(items) {
  /** @type {Record<Status, number>} */
  const counts = { pending: 0, running: 0, ok: 0, not_found: 0, error: 0, cancelled: 0 };
  for (const { status, returned } of items) if (returned !== null) counts[status] += 1;
  return counts;
}
