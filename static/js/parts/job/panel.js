/** @import { Replay } from '../../model/replay.js' */
/** @import { Job } from '../../model/types.js' */
import { announcer } from '../../lib/announcer.js';
import { address } from '../../lib/address.js';
import { Problem, fetchImages, fetchJob, fetchRecordings } from '../../lib/api.js';
import { find, parts } from '../../lib/dom.js';
import * as text from '../../text/job.js';
import { Highlight } from '../../model/highlight.js';
import { axisEnd } from '../../model/layout.js';
import { JobStore } from '../../model/store.js';
import { offerReplay } from '../replay/offer.js';
import { Key } from '../timeline/key.js';
import { Timeline } from '../timeline/timeline.js';
import { Zoom } from '../timeline/zoom.js';
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
import { follow } from './pill.js';
import { Tooltip } from './tooltip.js';
import { Views } from './views.js';

const REPORT_RETRY_AFTER = 3000;
/** How often the tab's title changes at most (ms): browsers take long for that. */
const TITLE_TICK = 250;

/** @param {string} cc */
const showInGallery = (cc) => location.assign(address(`/gallery#${cc}`));

/** A job, live while it runs: owns its store and its views. */
export class JobPanel {
  #root;
  #store;
  #timeline;
  #notifier;
  #views;

  /**
   * @param {HTMLElement} root
   * @param {Map<string, string>} names
   * @param {Job} job
   * @param {(job: Job) => void} onRetry  Gets the new job.
   */
  constructor(root, names, job, onRetry) {
    const found = parts(root, 'bar', 'counters', 'lesson', 'timeline', 'code', 'mosaic', 'log', 'tooltip', 'openReplay');
    const highlight = new Highlight();
    this.#root = root;
    this.#store = new JobStore(job);
    this.#notifier = new Notifier(root);
    this.#timeline = new Timeline(found.timeline, names, highlight, new Zoom(found.timeline));
    rememberFolds(root);
    offerReplay(root, () => fetchRecordings([this.#store.job]), (replay) => this.#replay(replay));
    this.#views = new Views([
      new Headline(root),
      new Actions(root, onRetry),
      new Bar(found.bar),
      new Counters(found.counters),
      new Lesson(found.lesson),
      new Key(found.timeline),
      this.#timeline,
      new Code(found.code),
      new Mosaic(found.mosaic, names, highlight, fetchImages, showInGallery),
      new Tooltip(found.tooltip, names, highlight),
      this.#notifier,
      { update: ({ ended }) => found.openReplay.toggleAttribute('hidden', !ended) },
      new Ending(root),
    ]);
    // The log is folded at first: it is fetched when it is opened.
    find(root, '[data-fold=log]', HTMLDetailsElement).addEventListener('toggle', async () => {
      const { Log } = await import('../log/log.js');
      this.#views.add(new Log(found.log, names, highlight));
    }, { once: true });
    root.hidden = false;
    this.#views.show(this.#store);
    this.#listen();
    follow(this.#store, root);
  }

  /** Shows a replay, or again the job itself. @param {Replay | null} replay */
  #replay(replay) {
    this.#root.toggleAttribute('data-replaying', Boolean(replay));
    this.#timeline.span = replay && axisEnd(replay.duration, true);
    this.#views.show(replay ? replay.stores[0] : this.#store);
  }

  #listen() {
    this.#store.addEventListener('replaced', () => this.#heard());
    this.#store.addEventListener('changed', () => {
      this.#heard();
      this.#announce(this.#store);
    });
    this.#notifier.look(this.#store);
    this.#setTitle();
    setInterval(() => this.#setTitle(), TITLE_TICK); // not in frames: a tab in the background has none
  }

  #heard() {
    this.#notifier.look(this.#store);
    if (this.#store.ended) this.#fetchReport(this.#store);
  }

  /** It is in no event. @param {JobStore} store */
  async #fetchReport(store) {
    try {
      store.job.report = (await fetchJob(store.job.id)).report;
    } catch (problem) {
      // A server that shuts down interrupts its jobs, and can't answer at that moment.
      const deleted = problem instanceof Problem && problem.status === 404;
      if (!deleted) setTimeout(() => this.#fetchReport(store), REPORT_RETRY_AFTER);
    }
    this.#views.draw();
  }

  /** @param {JobStore} store */
  #announce({ job, ended, completed }) {
    if (ended) announcer.say(text.ending(job), true);
    else if (completed) announcer.say(text.progress(completed, job));
  }

  #setTitle() {
    const title = text.tabTitle(this.#store.job, this.#store.completed);
    if (title !== document.title) document.title = title;
  }
}
