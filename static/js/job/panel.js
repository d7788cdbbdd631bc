/** @import { Link } from './connection.js' */
/** @import { Job, Message, Row } from '../lib/types.js' */
import { Actions } from './actions.js';
import { announcer } from '../lib/announcer.js';
import { Problem, fetchJob, watchUrl } from '../lib/api.js';
import { Bar } from './bar.js';
import { JobConnection } from './connection.js';
import { Counters } from './counters.js';
import { find, oncePerFrame } from '../lib/dom.js';
import { Figures } from './figures.js';
import { Headline } from './headline.js';
import { Inspector } from './inspector.js';
import { Mosaic } from './mosaic.js';
import { Pill } from './pill.js';
import { Report } from './report.js';
import { JobStore } from './store.js';
import * as text from './text.js';

/**
 * @typedef {object} View  One part of the panel.
 * @property {(store: JobStore) => void} [reset]  There is another job, or all of it may differ.
 * @property {(store: JobStore, touched: Set<Row>) => void} update  At most once in a frame.
 */

const CLOCK_TICK = 100;
const REPORT_AGAIN = 3000;

/** A job, live while it runs: store and connection inside, views outside. */
export class JobPanel {
  #root;
  #pill;
  /** @type {View[]} */
  #views;
  /** @type {Set<Row>} */
  #touched = new Set();
  /** @type {JobStore | null} */
  #store = null;
  /** @type {JobConnection | null} */
  #connection = null;
  #draw = oncePerFrame(() => this.#update());

  /**
   * @param {HTMLElement} root
   * @param {Map<string, string>} names
   * @param {(job: Job) => void} onRetry  Gets the new job.
   */
  constructor(root, names, onRetry) {
    /** @param {string} part */
    const part = (part) => find(root, `[data-${part}]`, HTMLElement);
    const inspector = new Inspector(part('inspector'), names);
    this.#root = root;
    this.#pill = new Pill(part('pill'));
    this.#views = [
      new Headline(root),
      new Actions(root, onRetry),
      new Figures(part('figures')),
      new Bar(part('bar')),
      new Counters(part('counters')),
      inspector,
      new Mosaic(part('mosaic'), names, (row) => inspector.point(row)),
      new Report(part('report')),
    ];
    setInterval(() => this.#store?.job.state === 'running' && this.#draw(), CLOCK_TICK);
    addEventListener('online', () => this.#connection?.hurry());
  }

  /**
   * Shows a job, and follows it unless it has ended.
   * @param {Job} job
   */
  show(job) {
    this.#connection?.close();
    this.#store = new JobStore(job);
    this.#store.addEventListener('replaced', () => this.#reset());
    this.#store.addEventListener('changed', (event) => this.#changed(/** @type {CustomEvent<Row[]>} */ (event)));
    this.#root.hidden = false;
    this.#reset();
    if (this.#store.ended) this.#pill.show({ phase: 'over' });
    else this.#follow(this.#store);
  }

  /** @param {JobStore} store */
  #follow(store) {
    let needsSnapshot = false;
    const connection = new JobConnection(watchUrl(store.job.id), () => (needsSnapshot ? null : store.job.seq));
    this.#connection = connection;
    connection.addEventListener('link', (event) => {
      this.#linked(/** @type {CustomEvent<Link>} */ (event).detail);
    });
    connection.addEventListener('message', (event) => {
      const message = /** @type {CustomEvent<Message>} */ (event).detail;
      if (message.type === 'snapshot') store.replace(message.job);
      needsSnapshot = message.type === 'events' && !store.apply(message.events);
      if (needsSnapshot) connection.open();
      if (store.ended) this.#over(store, connection);
    });
    connection.open();
  }

  /** @param {Link} link */
  #linked(link) {
    this.#pill.show(link);
    if (link.phase === 'waiting') announcer.say(text.LOST);
    if (link.phase === 'live' && link.caughtUp) announcer.say(text.BACK);
  }

  /**
   * Nothing more will come. The report isn't part of the events: the record has it.
   * @param {JobStore} store
   * @param {JobConnection} connection
   */
  async #over(store, connection) {
    connection.close();
    this.#pill.show({ phase: 'over' });
    try {
      store.job.report = (await fetchJob(store.job.id)).report;
    } catch (problem) {
      // A server that is going down interrupts its jobs, and can't answer just then.
      const deleted = problem instanceof Problem && problem.status === 404;
      if (store === this.#store && !deleted) setTimeout(() => this.#over(store, connection), REPORT_AGAIN);
    }
    this.#draw();
  }

  #reset() {
    const store = this.#store;
    if (!store) return;
    this.#touched.clear(); // they are rows of what was shown before
    for (const view of this.#views) view.reset?.(store);
    this.#retitle(store);
    this.#update();
  }

  /** @param {CustomEvent<Row[]>} event */
  #changed({ detail: rows }) {
    const store = this.#store;
    if (!store) return;
    for (const row of rows) this.#touched.add(row);
    // Title and live region don't wait for a frame: a tab in the background gets none.
    this.#retitle(store);
    if (store.ended) announcer.say(text.ending(store.job));
    else if (store.completed) announcer.say(text.progress(store.completed, store.job));
    this.#draw();
  }

  /** @param {JobStore} store */
  #retitle(store) {
    document.title = text.tabTitle(store.job, store.completed);
  }

  #update() {
    const touched = this.#touched;
    this.#touched = new Set();
    for (const view of this.#views) if (this.#store) view.update(this.#store, touched);
  }
}
