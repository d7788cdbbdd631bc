/** @import { Recording, Replay } from '../../model/replay.js' */
/** @import { Job } from '../../model/types.js' */
import { announcer } from '../../lib/announcer.js';
import { element, findAll, oncePerFrame, parts } from '../../lib/dom.js';
import { verdict } from '../../model/verdict.js';
import { Highlight } from '../../model/highlight.js';
import { axisEnd } from '../../model/layout.js';
import { JobStore } from '../../model/store.js';
import { answer } from '../../model/tour.js';
import { answered } from '../../text/tour.js';
import { follow } from '../job/pill.js';
import { Tooltip } from '../job/tooltip.js';
import { Views } from '../job/views.js';
import { offerReplay } from '../replay/offer.js';
import { Key } from '../timeline/key.js';
import { Timeline } from '../timeline/timeline.js';
import { ZoomButtons } from '../timeline/zoombuttons.js';
import { Column } from './column.js';
import { Curve } from './curve.js';
import { Differing } from './differing.js';

/** Pixels: low enough for several timelines in sight at once. */
const LANES_HEIGHT = 160;

/** Two to eight jobs, each live while it runs: sentences, timelines on one axis, figures, and what ended differently. */
export class Comparison {
  #root;
  #verdict;
  #key;
  #curve;
  #differing;
  /** The stores of the jobs, or of a replay. */
  #stores;
  #timelines;
  #views;
  #openReplay;
  /** The link to the single-file page; null in that page itself. */
  #share;
  /** @type {Replay | null} */
  #replay = null;
  #isMarking = false;
  #span = 0;
  #draw = oncePerFrame(() => this.#update());

  /**
   * @param {HTMLElement} root
   * @param {Map<string, string>} names
   * @param {Job[]} jobs
   * @param {(jobs: Job[]) => Promise<Recording[]>} recordings  Of the jobs, once they have ended.
   */
  constructor(root, names, jobs, recordings) {
    const { verdict, curve, differing, figures, openReplay } = parts(root, 'verdict', 'curve', 'differing', 'figures', 'openReplay');
    this.#root = root;
    this.#verdict = verdict;
    this.#key = new Key(root);
    this.#curve = new Curve(curve);
    this.#differing = new Differing(differing, names);
    this.#stores = jobs.map((job) => new JobStore(job));
    const zoom = new ZoomButtons(root);
    const highlights = jobs.map(() => new Highlight());
    const runs = findAll(root, '[data-run]', HTMLElement);
    const tooltips = findAll(root, '[data-tooltip]', HTMLElement);
    this.#timelines = runs.map((run, at) => new Timeline(run, names, highlights[at], zoom, LANES_HEIGHT));
    this.#openReplay = openReplay;
    this.#share = root.querySelector('[data-share]');
    const live = this.#stores;
    offerReplay(root, () => recordings(live.map(({ job }) => job)), (replay) => this.#play(replay, live));
    this.#update();
    this.#views = live.map((store, at) => {
      const columns = [new Column(figures, at), this.#timelines[at], new Tooltip(tooltips[at], names, highlights[at])];
      follow(store, runs[at]);
      highlights[at].watch((cc) => this.#mark(cc, highlights, at));
      return new Views([...columns, { update: () => this.#draw() }]);
    });
    this.#show();
    root.toggleAttribute('data-was-live', !this.#allEnded);
    root.dataset.ready = '';
  }

  /** Highlights a code in the timelines of all jobs. @param {string} cc @param {Highlight[]} highlights @param {number} pointed */
  #mark(cc, highlights, pointed) {
    if (this.#isMarking) return; // this change is the mark of another timeline
    this.#isMarking = true;
    highlights.forEach((highlight, at) => {
      if (at !== pointed) highlight.mark(this.#stores[at].job.items.find((row) => row.cc === cc) ?? null);
    });
    this.#isMarking = false;
  }

  #show() {
    this.#views.forEach((views, at) => views.show(this.#stores[at]));
  }

  /** @param {Replay | null} replay @param {JobStore[]} live */
  #play(replay, live) {
    this.#replay = replay;
    this.#stores = replay ? replay.stores : live;
    this.#offerReplay(); // at once: it gets the focus when a replay ends
    this.#show();
  }

  #offerReplay() {
    this.#openReplay.hidden = !this.#allEnded || this.#replay !== null;
  }

  #update() {
    this.#shareAxis();
    this.#offerReplay();
    this.#share?.toggleAttribute('hidden', !this.#allEnded);
    this.#key.show(this.#stores.map(({ looks }) => looks));
    const jobs = this.#stores.map(({ job }) => job);
    this.#curve.update(jobs);
    if (this.#allEnded) this.#differing.show(jobs);
    this.#root.toggleAttribute('data-all-ended', this.#allEnded);
    this.#say(this.#answered(jobs) ?? verdict(this.#stores));
  }

  /** The answer to a guess in the lesson; null without a guess or unless all jobs have finished. @param {Job[]} jobs */
  #answered(jobs) {
    const { step, guess, guesses = '' } = this.#verdict.dataset;
    if (!step || jobs.some(({ state }) => state !== 'finished')) return null;
    return [answered(Number(step), Number(guess), answer(Number(step), jobs, guesses.split(' ').map(Number)))];
  }

  /** @param {string[]} sentences */
  #say(sentences) {
    const said = [...this.#verdict.children].map(({ textContent }) => textContent).join();
    if (sentences.join() === said) return;
    if (this.#allEnded && said && !this.#replay) announcer.say(sentences[0]);
    this.#verdict.replaceChildren(...sentences.map((sentence) => element('p', {}, sentence)));
  }

  get #allEnded() {
    return this.#stores.every(({ ended }) => ended);
  }

  #shareAxis() {
    const longest = this.#replay?.duration ?? Math.max(...this.#stores.map(({ elapsed }) => elapsed));
    const span = axisEnd(longest, this.#allEnded || this.#replay !== null);
    if (span === this.#span) return;
    this.#span = span;
    for (const timeline of this.#timelines) timeline.span = span;
  }
}
