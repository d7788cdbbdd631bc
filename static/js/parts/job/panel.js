/** @import { Job } from '../../model/types.js' */
import { announcer } from '../../lib/announcer.js';
import { address } from '../../lib/address.js';
import { Problem, fetchImages, fetchJob, fetchRecordings } from '../../lib/api.js';
import * as text from '../../text/job.js';
import { JobStore } from '../../model/store.js';
import { Actions } from './actions.js';
import { Course } from './course.js';
import { Ending } from './ending.js';
import { Notifier } from './notifier.js';
import { follow } from './pill.js';

const REPORT_RETRY_AFTER = 3000;
/** How often the tab's title changes at most (ms): browsers take long for that. */
const TITLE_TICK = 250;

/** @param {string} cc */
const showInGallery = (cc) => location.assign(address(`/gallery#${cc}`));

/** A job, live while it runs: owns its store and its views. */
export class JobPanel {
  #store;
  #notifier;
  #course;

  /**
   * @param {HTMLElement} root
   * @param {Map<string, string>} names
   * @param {Job} job
   * @param {(job: Job) => void} onRetry  Gets the new job.
   */
  constructor(root, names, job, onRetry) {
    this.#store = new JobStore(job);
    this.#notifier = new Notifier(root);
    root.hidden = false;
    this.#course = new Course(root, this.#store, {
      names,
      fetchImages: (codes) => fetchImages(codes, job.created_at),
      open: showInGallery,
      recordings: () => fetchRecordings([this.#store.job]),
    }, [new Actions(root, job.id, onRetry), this.#notifier, new Ending(root)]);
    this.#listen();
    follow(this.#store, root);
  }

  #listen() {
    this.#store.addEventListener('replaced', () => this.#heard());
    this.#store.addEventListener('changed', () => {
      this.#heard();
      this.#announce();
    });
    this.#notifier.look(this.#store);
    this.#setTitle();
    setInterval(() => this.#setTitle(), TITLE_TICK); // not in frames: a tab in the background has none
  }

  #heard() {
    this.#notifier.look(this.#store);
    if (this.#store.ended) this.#fetchReport();
  }

  /** Events don't contain the report. */
  async #fetchReport() {
    const { job } = this.#store;
    try {
      job.report = (await fetchJob(job.id)).report;
    } catch (problem) {
      // A server that shuts down interrupts its jobs, and can't answer at that moment.
      const deleted = problem instanceof Problem && problem.status === 404;
      if (!deleted) setTimeout(() => this.#fetchReport(), REPORT_RETRY_AFTER);
    }
    this.#course.draw();
  }

  #announce() {
    const { job, ended, completed } = this.#store;
    if (ended) announcer.say(text.ending(job), true);
    else if (completed) announcer.say(text.progress(completed, job));
  }

  #setTitle() {
    const title = text.tabTitle(this.#store.job, this.#store.completed);
    if (title !== document.title) document.title = title;
  }
}
