/** @import { JobConnection, Link } from '../../model/connection.js' */
/** @import { Job } from '../../model/types.js' */
import { announcer } from '../../lib/announcer.js';
import { address } from '../../lib/address.js';
import { Problem, fetchImages, fetchJob } from '../../lib/api.js';
import { parts } from '../../lib/dom.js';
import * as text from '../../text/job.js';
import { connectionTo } from '../../model/follow.js';
import { Highlight } from '../../model/highlight.js';
import { JobStore } from '../../model/store.js';
import { Log } from '../log/log.js';
import { Timeline } from '../timeline/timeline.js';
import { Actions } from './actions.js';
import { Bar } from './bar.js';
import { Code } from './code.js';
import { Counters } from './counters.js';
import { Ending } from './ending.js';
import { rememberFolds } from './folds.js';
import { Headline } from './headline.js';
import { Lesson } from './lesson.js';
import { Mosaic } from './mosaic.js';
import { Notifier } from './notifier.js';
import { Pill } from './pill.js';
import { Tooltip } from './tooltip.js';
import { Views } from './views.js';

const REPORT_RETRY_AFTER = 3000;

/** @param {string} cc */
const showInGallery = (cc) => location.assign(address(`/gallery#${cc}`));

/** A job, live while it runs: owns its store, its connection and its views. */
export class JobPanel {
  #root;
  #pill;
  #notifier;
  #views;
  /** @type {JobStore | null} */
  #store = null;
  /** @type {JobConnection | null} */
  #connection = null;

  /**
   * @param {HTMLElement} root
   * @param {Map<string, string>} names
   * @param {(job: Job) => void} onRetry  Gets the new job.
   */
  constructor(root, names, onRetry) {
    const found = parts(root, 'pill', 'bar', 'counters', 'lesson', 'timeline', 'code', 'mosaic', 'log', 'tooltip');
    const highlight = new Highlight();
    this.#root = root;
    this.#pill = new Pill(found.pill);
    this.#notifier = new Notifier(root);
    rememberFolds(root);
    this.#views = new Views([
      new Headline(root),
      new Actions(root, onRetry),
      new Bar(found.bar),
      new Counters(found.counters),
      new Lesson(found.lesson),
      new Timeline(found.timeline, names, highlight),
      new Code(found.code),
      new Mosaic(found.mosaic, names, highlight, fetchImages, showInGallery),
      new Log(found.log, names, highlight),
      new Tooltip(found.tooltip, names, highlight),
      this.#notifier,
      new Ending(root),
    ]);
  }

  /** Shows a job, and follows it unless it has ended. @param {Job} job */
  show(job) {
    this.#connection?.close();
    const store = new JobStore(job);
    this.#store = store;
    this.#root.hidden = false;
    this.#views.show(store);
    store.addEventListener('replaced', () => this.#tellOthers(store));
    store.addEventListener('changed', () => this.#changed(store));
    this.#tellOthers(store);
    if (store.ended) this.#pill.show({ phase: 'over' });
    else this.#follow(store);
  }

  /** @param {JobStore} store */
  #follow(store) {
    const connection = connectionTo(store);
    this.#connection = connection;
    connection.addEventListener('link', (event) => {
      this.#linked(/** @type {CustomEvent<Link>} */ (event).detail);
    });
    connection.addEventListener('message', () => store.ended && this.#over(store));
    connection.open();
  }

  /** @param {Link} link */
  #linked(link) {
    this.#pill.show(link);
    this.#root.toggleAttribute('data-stalled', Boolean(this.#store?.stalled));
  }

  /** Fetches the report, which is in no event. @param {JobStore} store */
  async #over(store) {
    if (store !== this.#store) return; // meanwhile another job is shown
    this.#pill.show({ phase: 'over' });
    try {
      store.job.report = (await fetchJob(store.job.id)).report;
    } catch (problem) {
      // A server that shuts down interrupts its jobs, and can't answer at that moment.
      const deleted = problem instanceof Problem && problem.status === 404;
      if (!deleted) setTimeout(() => this.#over(store), REPORT_RETRY_AFTER);
    }
    this.#views.draw();
  }

  /** @param {JobStore} store */
  #changed(store) {
    this.#tellOthers(store);
    if (store.ended) announcer.say(text.ending(store.job));
    else if (store.completed) announcer.say(text.progress(store.completed, store.job));
  }

  /**
   * Updates what shows outside of the views, at each event: a tab in the background has no frames.
   * @param {JobStore} store
   */
  #tellOthers(store) {
    document.title = text.tabTitle(store.job, store.completed);
    this.#notifier.look(store);
  }
}
