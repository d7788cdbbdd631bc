/** @import { Job, JobEvent } from '../../model/types.js' */
import { find, findAll, parts } from '../../lib/dom.js';
import { language } from '../../lib/gettext.js';
import { localizeTimes } from '../../lib/localtime.js';
import { closeWhenLeft } from '../../lib/menu.js';
import { Preferences } from '../../lib/preferences.js';
import { Highlight } from '../../model/highlight.js';
import { axisEnd } from '../../model/layout.js';
import { JobStore } from '../../model/store.js';
import { Log } from '../log/log.js';
import { offerReplay } from '../replay/offer.js';
import { Key } from '../timeline/key.js';
import { Timeline } from '../timeline/timeline.js';
import { Zoom } from '../timeline/zoom.js';
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
 * @typedef {object} Shared  What the file has of a job.
 * @property {Job} job  As it was before its first event.
 * @property {JobEvent[]} events
 * @property {Record<string, Record<string, string>>} names  Of its codes, by language.
 * @property {Record<string, string>} images  Of its saved flags, as data: addresses, by code; none if they are too large.
 */

/** Shows the job of a file: its events are applied, as on its page. */
export async function showShared() {
  /** @type {Shared} */
  const { job, events, names, images } = await unpack(find(document, '#shared', HTMLElement).textContent ?? '');
  const store = new JobStore(job);
  store.apply(events);
  localizeTimes();
  preferences(find(document, '[data-preferences]', HTMLDetailsElement));
  const root = find(document, '[data-panel]', HTMLElement);
  const [views, timeline] = viewsOf(root, new Map(Object.entries(names[language])), new Map(Object.entries(images)));
  views.show(store);
  offerReplay(root, async () => [{ job: store.job, events }], (replay) => {
    timeline.span = replay && axisEnd(replay.duration, true);
    views.show(replay ? replay.stores[0] : store);
  });
}

/** @param {HTMLElement} root @param {Map<string, string>} names @param {Map<string, string>} images @returns {[Views, Timeline]} */
function viewsOf(root, names, images) {
  const found = parts(root, 'bar', 'counters', 'lesson', 'timeline', 'code', 'mosaic', 'log', 'tooltip', 'openReplay');
  const highlight = new Highlight();
  const timeline = new Timeline(found.timeline, names, highlight, new Zoom(found.timeline));
  rememberFolds(root);
  const views = new Views([
    new Headline(root),
    new Bar(found.bar),
    new Counters(found.counters),
    new Lesson(found.lesson),
    new Key(found.timeline),
    timeline,
    new Code(found.code),
    new Mosaic(found.mosaic, names, highlight, async () => images, () => {}),
    new Log(found.log, names, highlight),
    new Tooltip(found.tooltip, names, highlight),
    { update: ({ ended }) => found.openReplay.toggleAttribute('hidden', !ended) },
  ]);
  return [views, timeline];
}

/** @param {HTMLDetailsElement} menu */
function preferences(menu) {
  closeWhenLeft(menu);
  new Preferences(menu, { theme() {}, language: reloadIn });
  for (const button of findAll(menu, '[name=language]', HTMLButtonElement)) button.ariaPressed = String(button.lang === language);
}

/** The language is read when the page begins. @param {string} tag */
function reloadIn(tag) {
  location.hash = tag;
  location.reload();
}

/** @param {string} text  JSON, compressed, as base64. */
async function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).json();
}
