/** @import { FlagDone, Job, JobEvent, Row } from '../lib/types.js' */
import { hasEnded } from '../lib/types.js';

/**
 * One job as its events say: the twin of `Job.apply` in Python, held to it by
 * tests/fixtures/events.json. It knows neither page nor network.
 *
 * Dispatches `replaced` when there is another job or snapshot to show, and
 * `changed`, whose `detail` is the list of touched rows, after each batch.
 */
export class JobStore extends EventTarget {
  /** @type {Map<string, Row>} */
  #rows = new Map();
  /** How many have begun and have no outcome yet. */
  running = 0;
  /** What each worker took last. @type {Map<number, Row>} */
  #taken = new Map();
  /** Those that have an outcome, as their results came. @type {Row[]} */
  arrived = [];
  /** Whether nothing is heard of the job: then its clock stands still at the last event. */
  stalled = false;
  #receivedAt = 0;
  #clock;

  /**
   * @param {Job} job
   * @param {() => number} clock  Monotonic milliseconds.
   */
  constructor(job, clock = () => performance.now()) {
    super();
    this.#clock = clock;
    this.job = job;
    this.replace(job);
  }

  /** @param {Job} job */
  replace(job) {
    this.job = job;
    const running = job.items.filter((row) => row.status === 'running').sort(byStart);
    this.running = running.length;
    this.arrived = inOrderOfArrival(job);
    this.#rows = new Map(job.items.map((row) => [row.cc, row]));
    this.#taken.clear();
    for (const row of running) this.#take(row);
    this.#receivedAt = this.#clock();
    this.dispatchEvent(new Event('replaced'));
  }

  /**
   * Folds a batch. What is known already is skipped, since a reconnect may
   * bring it again; false says that an event is missing before this one.
   * @param {JobEvent[]} events
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

  /** How many workers are downloading. Where one has gone on, the result of the code before is on its way. */
  get busy() {
    return [...this.#taken.values()].filter(({ status }) => status === 'running').length;
  }

  /** How many are downloaded, but kept back by `map` until it is their turn. */
  get held() {
    return this.#isInOrder ? this.running - this.busy : 0;
  }

  get #isInOrder() {
    return this.job.spec.strategy === 'map';
  }

  get ended() {
    return hasEnded(this.job.state);
  }

  /** How many have an outcome; a cancelled one was never completed. */
  get completed() {
    const { ok, not_found, error } = this.job.counts;
    return ok + not_found + error;
  }

  get remaining() {
    return this.job.total - this.completed - this.job.counts.cancelled;
  }

  /** Seconds, going on between two events while the job runs. */
  get elapsed() {
    const { state, elapsed } = this.job;
    return state === 'running' && !this.stalled ? elapsed + (this.#clock() - this.#receivedAt) / 1000 : elapsed;
  }

  /**
   * @param {JobEvent} event
   * @returns {Row[]} the rows that it changed
   */
  #fold(event) {
    this.job.seq = event.seq;
    this.job.elapsed = event.t;
    this.#receivedAt = this.#clock();
    switch (event.type) {
      case 'job_started':
        this.job.state = 'running';
        this.job.total = event.total;
        this.job.site = event.site;
        return [];
      case 'flag_started':
        this.running += 1;
        return this.#update(event.cc, { status: 'running', worker: event.worker, started: event.t }).flatMap((row) => this.#take(row));
      case 'flag_done':
        return this.#flagDone(event);
      case 'job_finished':
        this.running = 0;
        Object.assign(this.job, { state: event.state, elapsed: event.elapsed, detail: event.detail });
        return [];
    }
  }

  /**
   * A worker takes a code: it is done with the one before.
   * @param {Row} row
   * @returns {Row[]} the rows that this changed
   */
  #take(row) {
    if (row.worker === null) return [row];
    const before = this.#taken.get(row.worker);
    this.#taken.set(row.worker, row);
    if (before?.status !== 'running' || !this.#isInOrder) return [row];
    before.held = true;
    return [before, row];
  }

  /** @param {FlagDone} event */
  #flagDone({ type, seq, t, ...result }) {
    const before = this.#rows.get(result.cc);
    if (before?.status === 'running') this.running -= 1;
    delete before?.held;
    this.job.counts[result.status] += 1;
    const rows = this.#update(result.cc, result);
    this.arrived.push(...rows);
    return rows;
  }

  /**
   * @param {string} cc
   * @param {Partial<Row>} fields
   */
  #update(cc, fields) {
    const row = this.#rows.get(cc);
    return row ? [Object.assign(row, fields)] : [];
  }
}

/** @param {Row} one @param {Row} other */
const byStart = (one, other) => (one.started ?? 0) - (other.started ?? 0);

/**
 * A snapshot doesn't tell in which order results came: `map` gives them in the order of submission,
 * anything else as downloads end. What never began was cancelled last.
 * @param {Job} job
 */
function inOrderOfArrival({ items, spec }) {
  const arrived = items.filter(({ status }) => status !== 'pending' && status !== 'running');
  if (spec.strategy !== 'map') arrived.sort((a, b) => (a.finished ?? Infinity) - (b.finished ?? Infinity) || 0);
  return arrived;
}
