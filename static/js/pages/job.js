import { jobPage } from '../lib/address.js';
import { fetchJob, fetchNames } from '../lib/api.js';
import { find } from '../lib/dom.js';
import { load } from '../lib/load.js';
import { localizeTimes } from '../lib/localtime.js';
import { JobPanel } from '../parts/job/panel.js';

localizeTimes();
const root = find(document, '[data-panel]', HTMLElement);
const [names, job] = await load(() => Promise.all([fetchNames(), fetchJob(root.dataset.job ?? '')]));

new JobPanel(root, names, ({ id }) => location.assign(jobPage(id))).show(job);
