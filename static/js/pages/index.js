/** @import { Job } from '../model/types.js' */
import { Address } from '../parts/form/address.js';
import { fetchJob, fetchNames, fetchNewestJob } from '../lib/api.js';
import { find, setHidden } from '../lib/dom.js';
import { JobForm } from '../parts/form/form.js';
import { load } from '../lib/load.js';
import { Picker } from '../parts/form/picker.js';
import { previewSelection } from '../parts/form/preview.js';
import { Selection } from '../model/selection.js';

const LOOK_AGAIN = 4000;

const selection = new Selection();
const address = new Address();
const idle = find(document, '[data-idle]', HTMLElement);
const panelRoot = find(document, '[data-panel]', HTMLElement);
// The form doesn't wait for the panel's modules, which are more than its own, nor for the names.
const panel = Promise.all([import('../parts/job/panel.js').catch(() => null), load(fetchNames)]).then(
  ([found, names]) => found && new found.JobPanel(panelRoot, names, started),
);

const picker = new Picker(find(document, '[data-picker]', HTMLElement), selection);
const form = new JobForm(find(document, '[data-form]', HTMLFormElement), selection, picker, address, started);
previewSelection(idle, selection, form);

const { job: asked } = panelRoot.dataset;
if (asked) {
  const job = await load(() => fetchJob(asked));
  // Meanwhile the reader may have started one: that is what they want to see.
  if (panelRoot.dataset.job === asked) {
    await show(job);
    bringIntoSight();
  }
} else lookForJobs();

/** Where the panel's modules can't be had, the job has a page of its own. @param {Job} job */
async function show(job) {
  panelRoot.dataset.job = job.id;
  const shown = await panel;
  if (!shown) return location.assign(`/jobs/${job.id}`);
  shown.show(job);
  setHidden(idle, true, () => find(panelRoot, 'h2', HTMLElement));
}

/** The address goes along, so that a reload shows the job again. @param {Job} job */
async function started(job) {
  address.showJob(job.id);
  await show(job);
  bringIntoSight();
}

/** Where there is no room beside the form, the job is below it. */
function bringIntoSight() {
  if (panelRoot.getBoundingClientRect().top > innerHeight / 4) panelRoot.scrollIntoView();
}

/** While there is nothing to show, a job that another browser starts is shown here too. */
async function lookForJobs() {
  if (!(await panel)) return; // who fills in the form isn't sent to another page
  const timer = setInterval(async () => {
    const job = document.hidden || panelRoot.dataset.job ? null : await newestLive().catch(() => null);
    // Meanwhile the reader may have started one: that is what they want to see.
    if (job && !panelRoot.dataset.job) show(job);
    if (panelRoot.dataset.job) clearInterval(timer);
  }, LOOK_AGAIN);
}

async function newestLive() {
  const newest = await fetchNewestJob();
  return newest && !newest.ended ? fetchJob(newest.id) : null;
}
