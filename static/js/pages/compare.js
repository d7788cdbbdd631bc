import { fetchJob, fetchNames } from '../lib/api.js';
import { find, findAll } from '../lib/dom.js';
import { load } from '../lib/load.js';
import { localizeTimes } from '../lib/localtime.js';
import { Comparison } from '../parts/history/comparison.js';

localizeTimes();
const root = find(document, '#comparison', HTMLElement);
const ids = findAll(root, '[data-side]', HTMLElement).map(({ dataset }) => dataset.side ?? '');
const [names, a, b] = await load(() => Promise.all([fetchNames(), fetchJob(ids[0]), fetchJob(ids[1])]));

new Comparison(root, names, [a, b]);
