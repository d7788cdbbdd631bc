/** @import { Job } from '../lib/types.js' */
import { Address } from '../form/address.js';
import { fetchJob, fetchNames, fetchNewestJob } from '../lib/api.js';
import { find } from '../lib/dom.js';
import { JobForm } from '../form/form.js';
import { JobPanel } from '../job/panel.js';
import { load } from '../lib/load.js';
import { Picker } from '../form/picker.js';
import { previewSelection } from '../form/preview.js';
import { Selection } from '../form/selection.js';
import { hasEnded } from '../lib/types.js';

const LOOK_AGAIN = 4000;

const selection = new Selection();
const address = new Address();
const idle = find(document, '[data-idle]', HTMLElement);
const panelRoot = find(document, '[data-panel]', HTMLElement);
// The form doesn't wait for the names: they are for what comes after it.
const panel = load(fetchNames).then((names) => new JobPanel(panelRoot, names, started));

const picker = new Picker(find(document, '[data-picker]', HTMLElement), selection);
const form = new JobForm(find(document, '[data-form]', HTMLFormElement), selection, picker, address, started);
previewSelection(idle, selection, () => form.focus());

const { job: asked } = panelRoot.dataset;
if (asked) {
  await show(await load(() => fetchJob(asked)));
  bringIntoSight();
} else lookForJobs();

/** @param {Job} job */
async function show(job) {
  idle.hidden = true;
  (await panel).show(job);
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
function lookForJobs() {
  const timer = setInterval(async () => {
    const job = document.hidden || idle.hidden ? null : await newestLive().catch(() => null);
    // Meanwhile the reader may have started one: that is what they want to see.
    if (job && !idle.hidden) show(job);
    if (idle.hidden) clearInterval(timer);
  }, LOOK_AGAIN);
}

async function newestLive() {
  const { jobs } = await fetchNewestJob();
  return jobs.length && !hasEnded(jobs[0].state) ? fetchJob(jobs[0].id) : null;
}
