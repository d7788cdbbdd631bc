/** @import { Job } from '../model/types.js' */
import { jobPage } from '../lib/address.js';
import { fetchJob, fetchNames } from '../lib/api.js';
import { find } from '../lib/dom.js';
import { load } from '../lib/load.js';
import { localizeTimes } from '../lib/localtime.js';
import { JobPanel } from '../parts/job/panel.js';

localizeTimes();
const root = find(document, '[data-panel]', HTMLElement);
const [names, job] = await load(() => Promise.all([fetchNames(), fetchJob(root.dataset.job ?? '')]));
new JobPanel(root, names, job, goTo);

// The form is folded at first: its script is loaded when the form is opened.
const change = find(document, '[data-change]', HTMLDetailsElement);
change.addEventListener('toggle', makeForm, { once: true });

async function makeForm() {
  const { JobForm } = await import('../parts/form/form.js');
  new JobForm(find(change, '[data-form]', HTMLFormElement), null, goTo);
}

/** @param {Job} job */
function goTo({ id }) {
  location.assign(jobPage(id));
}
