/** @import { Link } from '../../model/connection.js' */
/** @import { Job } from '../../model/types.js' */
import { announcer } from '../../lib/announcer.js';
import { findAll, parts } from '../../lib/dom.js';
import { differences } from '../../model/differences.js';
import { connectionTo } from '../../model/follow.js';
import { axisEnd } from '../../model/layout.js';
import { Highlight } from '../../model/highlight.js';
import { JobStore } from '../../model/store.js';
import { Timeline } from '../timeline/timeline.js';
import { Bar } from '../job/bar.js';
import { Counters } from '../job/counters.js';
import { Headline } from '../job/headline.js';
import { Lesson } from '../job/lesson.js';
import { Pill } from '../job/pill.js';
import { Tooltip } from '../job/tooltip.js';
import { Views } from '../job/views.js';

/** Two jobs side by side, each live while it runs, their timelines on one scale. */
export class Comparison {
  #verdict;
  #stores;
  #timelines;
  #tooltips;
  #span = 0;

  /** @param {HTMLElement} root @param {Map<string, string>} names @param {[Job, Job]} jobs */
  constructor(root, names, jobs) {
    this.#verdict = parts(root, 'verdict').verdict;
    this.#stores = jobs.map((job) => new JobStore(job));
    const highlights = jobs.map(() => new Highlight());
    const timelines = findAll(root, '[data-timeline]', HTMLElement);
    this.#timelines = timelines.map((element, at) => new Timeline(element, names, highlights[at]));
    const tooltips = findAll(root, '[data-tooltip]', HTMLElement);
    this.#tooltips = tooltips.map((element, at) => new Tooltip(element, names, highlights[at]));
    this.#shareScale();
    findAll(root, '[data-side]', HTMLElement).forEach((side, at) => this.#show(side, at));
    root.dataset.ready = '';
  }

  /** @param {HTMLElement} side @param {number} at */
  #show(side, at) {
    const store = this.#stores[at];
    const { bar, counters, lesson, pill } = parts(side, 'bar', 'counters', 'lesson', 'pill');
    const views = [new Headline(side), new Bar(bar), new Counters(counters), new Lesson(lesson), this.#timelines[at], this.#tooltips[at], this];
    new Views(views).show(store);
    if (!store.ended) follow(store, new Pill(pill), side);
  }

  /** Compares; called when either job has changed. */
  update() {
    this.#shareScale();
    const sentences = differences(this.#stores);
    if (sentences.join() === this.#said) return;
    if (this.#bothEnded && this.#said) announcer.say(sentences[0]);
    this.#verdict.replaceChildren(...sentences.map(paragraph));
  }

  get #said() {
    return [...this.#verdict.children].map(({ textContent }) => textContent).join();
  }

  get #bothEnded() {
    return this.#stores.every(({ ended }) => ended);
  }

  #shareScale() {
    const longest = Math.max(...this.#stores.map(({ elapsed }) => elapsed));
    const span = axisEnd(longest, this.#bothEnded);
    if (span === this.#span) return;
    this.#span = span;
    for (const timeline of this.#timelines) timeline.span = span;
  }
}

/** @param {JobStore} store @param {Pill} pill @param {HTMLElement} side */
function follow(store, pill, side) {
  const connection = connectionTo(store);
  connection.addEventListener('link', (event) => {
    pill.show(/** @type {CustomEvent<Link>} */ (event).detail);
    side.toggleAttribute('data-stalled', store.stalled);
  });
  connection.addEventListener('message', () => store.ended && pill.show({ phase: 'over' }));
  connection.open();
}

/** @param {string} text */
function paragraph(text) {
  const element = document.createElement('p');
  element.textContent = text;
  return element;
}
