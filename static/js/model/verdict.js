/** @import { JobStore } from './store.js' */
/** @import { Job } from './types.js' */
import { connections, executor, flags, server } from '../lib/text.js';
import * as text from '../text/comparison.js';
import { figures } from './figures.js';
import * as sweep from './sweep.js';

/** @typedef {{job: Job, name: string}} Named */

/** Up to this ratio, times count as the same: two runs never take exactly the same time. */
const ALIKE = 1.2;
/** If results were held back for less than this share of the elapsed time, in all, no sentence says so. */
const NOTICEABLE = 0.1;

/**
 * Compares two or more jobs in sentences, the most important first.
 * @param {Pick<JobStore, 'job' | 'ended' | 'completed'>[]} stores
 * @returns {string[]}
 */
export function verdict(stores) {
  const all = named(stores.map(({ job }) => job));
  const open = stores.flatMap(({ ended, completed }, at) => (ended ? [] : [text.stillRuns(all[at].name, completed, all[at].job.total)]));
  if (open.length) return [open.join(' ')];
  return [times, knee, downloads, results, outcomes].flatMap((say) => say(all));
}

/** The letter of a job among those compared. @param {number} at */
const letter = (at) => String.fromCharCode('A'.charCodeAt(0) + at);

/** Names each job by its letter and the first trait in which they differ. @param {Job[]} jobs @returns {Named[]} */
function named(jobs) {
  /** @type {((job: Job) => string)[]} */
  const traits = [
    ({ spec }) => spec.strategy,
    ({ spec }) => executor(spec),
    ({ concurrency }) => connections(concurrency),
    ({ spec }) => server(spec),
    ({ total }) => flags(total),
  ];
  const trait = traits.find((trait) => new Set(jobs.map(trait)).size > 1);
  return jobs.map((job, at) => ({ job, name: text.called(letter(at), trait?.(job)) }));
}

/** @param {Named[]} all */
function times(all) {
  const broken = all.find(({ job }) => job.state !== 'finished');
  if (broken) return [text.notComparable(broken.name, broken.job)];
  const inVain = all.find(({ job }) => !job.counts.ok);
  if (inVain) return [text.savedNothing(inVain.name)];
  const perFlag = all.some(({ job }) => job.total !== all[0].job.total);
  const took = measure(all, ({ elapsed, total }) => (perFlag ? elapsed / total : elapsed));
  const servers = new Set(all.map(({ job }) => server(job.spec)));
  return [
    perFlag ? compare(took, text.tookPerFlag, text.allTookPerFlag) : compare(took, text.took, text.allTook),
    ...(sweep.isSameServer(all.map(({ job }) => job)) ? [] : [text.otherServers([...servers])]),
  ];
}

/** How many connections are worth it, if the jobs differ in nothing else. @param {Named[]} all */
function knee(all) {
  const jobs = all.map(({ job }) => job);
  const width = haveFinished(all) && sweep.isSweep(jobs) ? sweep.knee(jobs) : null;
  return width === null ? [] : [text.knee(width, sweep.WORTH_IT)];
}

/**
 * Whether single downloads were quicker, or only more of them ran at once. Downloads of other flags, or from another
 * server, are not compared.
 * @param {Named[]} all
 */
function downloads(all) {
  const averages = measure(all, averageDownload);
  if (!isSameWork(all) || averages.some(({ seconds }) => !seconds)) return [];
  return [compare(averages, text.downloadTook, text.downloadsTook)];
}

/** @param {Named[]} all */
const isSameWork = (all) => sweep.isSameWork(all.map(({ job }) => job));

/** @param {Named[]} all */
const haveFinished = (all) => all.every(({ job }) => job.state === 'finished');

/** @param {Job} job */
function averageDownload(job) {
  const { sum, downloads } = figures(job);
  return sum / downloads || 0;
}

/** When the first result was returned, and how long results were held back. @param {Named[]} all */
function results(all) {
  if (!isSameWork(all) || !haveFinished(all)) return [];
  const first = compare(measure(all, (job) => figures(job).first ?? Infinity), text.firstResult, () => '');
  const noticeable = all.some(({ job }) => figures(job).held > NOTICEABLE * job.elapsed);
  const held = noticeable ? text.heldBack(...extremes(measure(all, (job) => figures(job).held))) : '';
  return [first, held].filter(Boolean);
}

/** @param {Named[]} all */
function outcomes(all) {
  return sweep.areAlike(all.map(({ job }) => job), ({ counts }) => JSON.stringify(counts))
    ? [text.sameOutcomes(all[0].job.counts)]
    : [text.otherOutcomes(all.map(({ name, job }) => [name, job.counts]))];
}

/** @param {Named[]} all @param {(job: Job) => number} seconds @returns {text.Took[]} */
const measure = (all, seconds) => all.map(({ job, name }) => ({ name, seconds: seconds(job) }));

/** The quickest and the slowest. @param {text.Took[]} took @returns {[text.Took, text.Took]} */
function extremes(took) {
  const sorted = [...took].sort((one, other) => one.seconds - other.seconds);
  return [sorted[0], sorted[sorted.length - 1]];
}

/**
 * A sentence about times: the ratio of the longest to the shortest, or that all are alike.
 * @param {text.Took[]} took
 * @param {(quick: text.Took, slow: text.Took, ratio: number) => string} unlike
 * @param {(quick: text.Took, slow: text.Took) => string} alike
 */
function compare(took, unlike, alike) {
  const [quick, slow] = extremes(took);
  const ratio = slow.seconds / quick.seconds;
  return ratio > ALIKE && Number.isFinite(ratio) ? unlike(quick, slow, ratio) : alike(quick, slow);
}
