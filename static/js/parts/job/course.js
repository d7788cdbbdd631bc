/** @import { Recording, Replay } from '../../model/replay.js' */
/** @import { JobStore } from '../../model/store.js' */
/** @import { FetchImages } from './flagloader.js' */
/** @import { View } from './views.js' */
import { find, parts } from '../../lib/dom.js';
import { Highlight } from '../../model/highlight.js';
import { axisEnd } from '../../model/layout.js';
import { offerReplay } from '../replay/offer.js';
import { Key } from '../timeline/key.js';
import { Timeline } from '../timeline/timeline.js';
import { ZoomButtons } from '../timeline/zoombuttons.js';
import { Bar } from './bar.js';
import { Code } from './code.js';
import { Counters } from './counters.js';
import { rememberFolds } from './folds.js';
import { Headline } from './headline.js';
import { Lesson } from './lesson.js';
import { Mosaic } from './mosaic.js';
import { Tooltip } from './tooltip.js';
import { Views } from './views.js';

/**
 * What a course needs besides the job.
 * @typedef {object} Sources
 * @property {Map<string, string>} names
 * @property {FetchImages} fetchImages
 * @property {(cc: string) => void} open  Called when the reader chooses a saved flag.
 * @property {() => Promise<Recording[]>} recordings  Of the job, once it has ended.
 */

/** What happened in a job, live, later and in a replay. The job's page and its single-file page show the same. */
export class Course {
  #root;
  #store;
  #timeline;
  #views;

  /** @param {HTMLElement} root @param {JobStore} store @param {Sources} sources @param {View[]} [others] */
  constructor(root, store, { names, fetchImages, open, recordings }, others = []) {
    const found = parts(root, 'bar', 'counters', 'lesson', 'timeline', 'code', 'mosaic', 'log', 'tooltip', 'openReplay');
    const highlight = new Highlight();
    this.#root = root;
    this.#store = store;
    this.#timeline = new Timeline(found.timeline, names, highlight, new ZoomButtons(found.timeline));
    // Reserves room for the largest number, so that no number moves its neighbours.
    root.style.setProperty('--digits', String(String(store.job.total).length));
    rememberFolds(root);
    offerReplay(root, recordings, (replay) => this.#replay(replay));
    this.#views = new Views([
      new Headline(root),
      new Bar(found.bar),
      new Counters(found.counters),
      new Lesson(found.lesson),
      new Key(found.timeline),
      this.#timeline,
      new Code(found.code),
      new Mosaic(found.mosaic, names, highlight, fetchImages, open),
      new Tooltip(found.tooltip, names, highlight),
      { update: ({ ended }) => found.openReplay.toggleAttribute('hidden', !ended) },
      ...others,
    ]);
    // The log is folded at first: its module is loaded when it is opened.
    find(root, '[data-fold=log]', HTMLDetailsElement).addEventListener('toggle', async () => {
      const { Log } = await import('../log/log.js');
      this.#views.add(new Log(found.log, names, highlight));
    }, { once: true });
    this.#views.show(store);
  }

  /** Updates the views, even if there was no event. */
  draw() {
    this.#views.draw();
  }

  /** Shows a replay; null shows the job itself again. @param {Replay | null} replay */
  #replay(replay) {
    this.#root.toggleAttribute('data-replaying', Boolean(replay));
    this.#timeline.span = replay && axisEnd(replay.duration, true);
    this.#views.show(replay ? replay.stores[0] : this.#store);
  }
}
