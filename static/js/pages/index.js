/** @import { Job } from '../model/types.js' */
import { jobPage } from '../lib/address.js';
import { fetchJob, fetchNames, fetchNewestJob } from '../lib/api.js';
import { find, setHidden } from '../lib/dom.js';
import { load } from '../lib/load.js';
import { Selection } from '../model/selection.js';
import { Address } from '../parts/form/address.js';
import { JobForm } from '../parts/form/form.js';
import { Picker } from '../parts/form/picker.js';
import { previewSelection } from '../parts/form/preview.js';

const POLL_INTERVAL = 4000;

const selection = new Selection();
const address = new Address();
const idle = find(document, '[data-idle]', HTMLElement);
const panelRoot = find(document, '[data-panel]', HTMLElement);
// The form waits neither for the modules of the panel nor for the names.
const panel = Promise.all([import('../parts/job/panel.js').catch(() => null), load(fetchNames)]).then(
  ([found, names]) => found && new found.JobPanel(panelRoot, names, started),
);

const picker = new Picker(find(document, '[data-picker]', HTMLElement), selection);
const form = new JobForm(find(document, '[data-form]', HTMLFormElement), selection, picker, address, started);
previewSelection(idle, selection, form);

const { job: asked } = panelRoot.dataset;
if (asked) {
  const job = await load(() => fetchJob(asked));
  // Not if the reader has started another job meanwhile.
  if (panelRoot.dataset.job === asked) {
    await show(job);
    bringIntoSight();
  }
} else pollForJobs();

/** Without the panel's modules, goes to the job's own page. @param {Job} job */
async function show(job) {
  panelRoot.dataset.job = job.id;
  const shown = await panel;
  if (!shown) return location.assign(jobPage(job.id));
  shown.show(job);
  setHidden(idle, true, () => find(panelRoot, 'h2', HTMLElement));
}

/** Adds the job to the address, so that a reload shows it again. @param {Job} job */
async function started(job) {
  address.showJob(job.id);
  await show(job);
  bringIntoSight();
}

/** On a narrow screen, the job is below the form. */
function bringIntoSight() {
  if (panelRoot.getBoundingClientRect().top > innerHeight / 4) panelRoot.scrollIntoView();
}

/** While no job is shown, shows one that another browser starts. */
async function pollForJobs() {
  if (!(await panel)) return; // else show() would leave the page while the reader fills in the form
  const timer = setInterval(async () => {
    const job = document.hidden || panelRoot.dataset.job ? null : await newestLive().catch(() => null);
    // Not if the reader has started another job meanwhile.
    if (job && !panelRoot.dataset.job) show(job);
    if (panelRoot.dataset.job) clearInterval(timer);
  }, POLL_INTERVAL);
}

async function newestLive() {
  const newest = await fetchNewestJob();
  return newest && !newest.ended ? fetchJob(newest.id) : null;
}
