import { fetchJob, fetchNames } from '../api.js';
import { find } from '../dom.js';
import { localizeTimes } from '../localtime.js';
import { JobPanel } from '../panel.js';

localizeTimes();
const root = find(document, '[data-panel]', HTMLElement);
const [names, job] = await Promise.all([fetchNames(), fetchJob(root.dataset.job ?? '')]);

new JobPanel(root, names, ({ id }) => location.assign(`/jobs/${id}`)).show(job);
