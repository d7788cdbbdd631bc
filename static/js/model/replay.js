/** @import { Job, JobEvent, Row } from './types.js' */
import { JobStore } from './store.js';

/** Fractions of the real speed. */
export const SPEEDS = [1, 1 / 2, 1 / 5, 1 / 10, 1 / 20, 1 / 50, 1 / 100, 1 / 200];
/** At its first speed, a replay takes about this many seconds. */
const PLEASANT = 10;

/** @typedef {{job: Job, events: JobEvent[]}} Recording  A job that has ended, and its log. */

/** Shows ended jobs again, as they were at any moment: applies the events of their logs up to that moment. */
export class Replay {
  /** Seconds. */
  now = 0;
  #recordings;

  /** @param {Recording[]} recordings */
  constructor(recordings) {
    // A killed process leaves a gap in the events' numbers.
    this.#recordings = recordings.map(({ job, events }) => ({ job, events: events.map((event, at) => ({ ...event, seq: at + 1 })) }));
    this.duration = Math.max(...recordings.flatMap(({ job, events }) => [job.elapsed, ...events.map(({ t }) => t)]));
    this.stores = recordings.map(({ job }) => new JobStore(beginning(job), () => this.now * 1000));
    this.seek(0);
  }

  /** The speed at which the replay takes about ten seconds. */
  get pleasantSpeed() {
    return SPEEDS.find((speed) => this.duration / speed >= PLEASANT) ?? SPEEDS[SPEEDS.length - 1];
  }

  /** Shows a moment. @param {number} seconds  Since the jobs began. */
  seek(seconds) {
    const to = Math.max(0, Math.min(seconds, this.duration));
    const back = to < this.now;
    this.stores.forEach((store, at) => {
      const { job, events } = this.#recordings[at];
      if (back) store.replace(beginning(job));
      // Events from a cluster arrive late: an event can have an earlier time than the event before it.
      const end = events.reduce((end, { seq, t }) => (t <= to ? seq : end), 0);
      const due = events.slice(store.job.seq, end);
      // `now` is the store's clock: with the last event's time, the store counts the seconds since that event.
      this.now = due.at(-1)?.t ?? this.now;
      store.apply(due);
    });
    this.now = to;
  }
}

/** A job before its first event. @param {Job} job @returns {Job} */
const beginning = (job) => ({
  ...job,
  state: 'pending', ended: false, counts: { ok: 0, not_found: 0, error: 0, cancelled: 0 }, returned: 0, retryable: 0,
  elapsed: 0, seq: 0, detail: '', items: job.items.map(({ cc }) => nothingYet(cc)),
});

/** @param {string} cc @returns {Row} */
const nothingYet = (cc) => ({
  cc, status: 'pending', detail: '', bytes: 0, attempts: 0, worker: null, started: null, sent: null, first_byte: null,
  received: null, finished: null, returned: null,
});
