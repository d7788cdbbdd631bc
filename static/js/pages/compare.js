import { fetchJob, fetchNames, fetchRecordings } from '../lib/api.js';
import { find, findAll } from '../lib/dom.js';
import { load } from '../lib/load.js';
import { localizeTimes } from '../lib/localtime.js';
import { Comparison } from '../parts/compare/comparison.js';

localizeTimes();
const root = find(document, '#comparison', HTMLElement);
const ids = findAll(root, '[data-run]', HTMLElement).map(({ dataset }) => dataset.run ?? '');
const [names, ...jobs] = await load(() => Promise.all([fetchNames(), ...ids.map((id) => fetchJob(id))]));

new Comparison(root, names, jobs, fetchRecordings);
