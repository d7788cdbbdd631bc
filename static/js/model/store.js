/** @import { FlagDone, Job, JobEvent, Look, Row } from './types.js' */

/**
 * Applies the events of one job, as `Job.apply` does in Python; tests/fixtures/events.json tests that both agree.
 *
 * Dispatches `replaced` after a new snapshot, and `changed`, whose `detail` is the list of touched rows, after each
 * batch.
 */
export class JobStore extends EventTarget {
  /** @type {Map<string, Row>} */
  #rows = new Map();
  /** The rows with an outcome, in the order in which they were done. @type {Row[]} */
  done = [];
  /** Whether the connection is lost: then the clock stops at the last event. */
  stalled = false;
  #receivedAt = 0;
  #clock;

  /** @param {Job} job @param {() => number} clock  Monotonic milliseconds. */
  constructor(job, clock = () => performance.now()) {
    super();
    this.#clock = clock;
    this.job = job;
    this.replace(job);
  }

  /** @param {Job} job */
  replace(job) {
    this.job = job;
    this.done = job.items.filter(isDone).sort(byFinish);
    this.#rows = new Map(job.items.map((row) => [row.cc, row]));
    this.#receivedAt = this.#clock();
    this.dispatchEvent(new Event('replaced'));
  }

  /**
   * Applies a batch of events, without those that a reconnect repeats.
   * @param {JobEvent[]} events
   * @returns {boolean} false if events are missing
   */
  apply(events) {
    /** @type {Set<Row>} */
    const touched = new Set();
    let complete = true;
    for (const event of events) {
      if (event.seq <= this.job.seq) continue;
      complete = event.seq === this.job.seq + 1;
      if (!complete) break;
      for (const row of this.#fold(event)) touched.add(row);
    }
    this.dispatchEvent(new CustomEvent('changed', { detail: [...touched] }));
    return complete;
  }

  /** The look of a row. While the job runs, a result is `held` until it is returned. @param {Row} row @returns {Look} */
  lookOf({ status, finished, returned }) {
    return finished !== null && returned === null && !this.ended ? 'held' : status;
  }

  /** How many codes have each look. */
  get looks() {
    /** @type {Record<Look, number>} */
    const looks = { pending: 0, running: 0, held: 0, ok: 0, not_found: 0, error: 0, cancelled: 0 };
    for (const row of this.job.items) looks[this.lookOf(row)] += 1;
    return looks;
  }

  get ended() {
    return this.job.ended;
  }

  /** How many codes are completed; a cancelled code is not. */
  get completed() {
    const { ok, not_found, error } = this.job.counts;
    return ok + not_found + error;
  }

  /** Seconds. While the job runs, the time also goes on between two events. */
  get elapsed() {
    const { state, elapsed } = this.job;
    return state === 'running' && !this.stalled ? elapsed + (this.#clock() - this.#receivedAt) / 1000 : elapsed;
  }

  /** @param {JobEvent} event @returns {Row[]} the changed rows */
  #fold(event) {
    this.job.seq = event.seq;
    this.job.elapsed = event.t;
    this.#receivedAt = this.#clock();
    switch (event.type) {
      case 'job_started':
        Object.assign(this.job, { state: 'running', total: event.total, site: event.site });
        return [];
      case 'flag_started':
        if (event.place && event.worker !== null) (this.job.places ??= {})[event.worker] = event.place;
        return this.#update(event.cc, { status: 'running', worker: event.worker, started: event.t });
      case 'flag_done':
        return this.#flagDone(event);
      case 'flag_returned':
        this.job.returned += 1;
        return this.#update(event.cc, { returned: event.t });
      case 'job_finished': {
        const held = this.job.items.filter((row) => this.lookOf(row) === 'held');
        const { state, elapsed, detail } = event;
        const { error, cancelled } = this.job.counts;
        Object.assign(this.job, { state, elapsed, detail, ended: true, retryable: error + cancelled });
        return held; // no more results are returned
      }
    }
  }

  /** @param {FlagDone} event */
  #flagDone({ type, seq, t, ...result }) {
    this.job.counts[result.status] += 1;
    if (result.returned !== undefined) this.job.returned += 1;
    const rows = this.#update(result.cc, result);
    this.done.push(...rows);
    return rows;
  }

  /** @param {string} cc @param {Partial<Row>} fields */
  #update(cc, fields) {
    const row = this.#rows.get(cc);
    return row ? [Object.assign(row, fields)] : [];
  }
}

/** @param {Row} row */
const isDone = ({ status }) => status !== 'pending' && status !== 'running';

/** Rows that were never started come last. @param {Row} one @param {Row} other */
const byFinish = (one, other) => (one.finished ?? Infinity) - (other.finished ?? Infinity) || 0;
