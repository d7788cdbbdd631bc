/** @import { Job, JobEvent, Row } from '../../static/js/model/types.js' */
/** Jobs for the tests, and other things that several tests need. */
import { readFileSync } from 'node:fs';

/** A code about which nothing is known yet. @param {string} cc @param {Partial<Row>} [known] @returns {Row} */
export const row = (cc, known) => ({
  cc, status: 'pending', detail: '', bytes: 0, attempts: 0, worker: null, started: null, sent: null,
  first_byte: null, received: null, finished: null, returned: null, ...known,
});

/** A download that was saved. @param {string} cc @param {number} started @param {number} finished @param {Partial<Row>} [known] */
export const saved = (cc, started, finished, known) =>
  row(cc, { status: 'ok', attempts: 1, worker: 0, started, finished, returned: finished, ...known });

/** A job, by default one that has finished. @param {Row[]} items @param {Partial<Omit<Job, 'spec'>> & {spec?: Partial<Job['spec']>}} [known] @returns {Job} */
export const job = (items, { spec, ...known } = {}) => ({
  id: '1', state: 'finished', ended: true, source: 'dashboard', retry_of: null, after: null, total: items.length, concurrency: 1, retryable: 0,
  counts: { ok: 0, not_found: 0, error: 0, cancelled: 0 }, returned: 0, elapsed: 0, created_at: '', seq: 1, detail: '',
  site: '', report: '', items, spec: { codes: [], server: 'LOCAL', strategy: 'map', max_req: 1, attempts: 1, ...spec }, ...known,
});

/**
 * This fixture also tests how the server folds events.
 * @type {{name: string, job: Job, events: JobEvent[], expected: Record<string, unknown>}[]}
 */
export const CASES = JSON.parse(readFileSync(new URL('../fixtures/events.json', import.meta.url), 'utf8'));

/** Random numbers from 0 to 1, the same in every run (mulberry32). @param {number} seed @returns {() => number} */
export function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Runs a check with many seeds, and names the one that fails. @param {number} times @param {(random: () => number) => void} check */
export function often(times, check) {
  for (let seed = 1; seed <= times; seed += 1) {
    try {
      check(seeded(seed));
    } catch (failure) {
      throw new Error(`seed ${seed}: ${failure}`);
    }
  }
}
