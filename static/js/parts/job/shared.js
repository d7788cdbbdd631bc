import { find, parts } from '../../lib/dom.js';
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
import { openFile } from './file.js';
import { rememberFolds } from './folds.js';
import { Headline } from './headline.js';
import { Lesson } from './lesson.js';
import { Mosaic } from './mosaic.js';
import { Tooltip } from './tooltip.js';
import { Views } from './views.js';

/** Shows the job of a file. */
export async function show() {
  const { recordings, names, images } = await openFile();
  const root = find(document, '[data-panel]', HTMLElement);
  const store = new JobStore(recordings[0].job);
  const [views, timeline] = viewsOf(root, names, images);
  views.show(store);
  offerReplay(root, async () => recordings, (replay) => {
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
