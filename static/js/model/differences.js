/** @import { JobStore } from './store.js' */
/** @import { Job } from './types.js' */
import { connections, flags, server } from '../lib/text.js';
import * as text from '../text/history.js';
import { speedup } from './speedup.js';

/** Up to this ratio, times are about the same: no two runs take equally long. */
const ALIKE = 1.1;
/** Results that were held back for less than this share of all downloads' time are not worth a sentence. */
const NOTICEABLE = 0.1;
/** The fields of a spec that decide how flags are answered. */
const SERVER = /** @type {const} */ (['server', 'delay', 'spread', 'errors', 'seed']);

/**
 * Compares two jobs in sentences, the most important first.
 * @param {Pick<JobStore, 'job' | 'ended' | 'completed'>[]} stores  Two.
 * @returns {string[]}
 */
export function differences([a, b]) {
  const names = tellApart(a.job, b.job);
  const open = [a, b].map((store, at) => (store.ended ? '' : text.stillRuns(names[at], store.completed, store.job.total)));
  if (open.some(Boolean)) return open.filter(Boolean);
  return [times, downloads, results, outcomes].flatMap((say) => say(a.job, b.job, names));
}

/**
 * Names each job by its letter and the first trait in which they differ.
 * @param {Job} a
 * @param {Job} b
 * @returns {[string, string]}
 */
function tellApart(a, b) {
  /** @type {((job: Job) => string)[]} */
  const traits = [
    ({ spec }) => spec.strategy,
    ({ concurrency }) => connections(concurrency),
    ({ spec }) => server(spec),
    ({ total }) => flags(total),
  ];
  const trait = traits.find((trait) => trait(a) !== trait(b));
  return [text.called('A', trait?.(a)), text.called('B', trait?.(b))];
}

/** @param {Job} a @param {Job} b @param {[string, string]} names */
function times(a, b, names) {
  const broken = [a, b].findIndex(({ state }) => state !== 'finished');
  if (broken >= 0) return [text.notComparable(names[broken], [a, b][broken])];
  const inVain = [a, b].findIndex(({ counts }) => !counts.ok);
  if (inVain >= 0) return [text.savedNothing(names[inVain])];
  const perFlag = a.total !== b.total;
  const seconds = perFlag ? [a.elapsed / a.total, b.elapsed / b.total] : [a.elapsed, b.elapsed];
  const sentence = perFlag ? text.tookPerFlag : text.took;
  return [
    compare(seconds, names, sentence, perFlag ? text.bothTookPerFlag : text.bothTook),
    ...(isSameServer(a, b) ? [] : [text.otherServer(server(a.spec), server(b.spec))]),
  ];
}

/**
 * Whether single downloads were quicker, or only more of them ran at once. Downloads of other flags, or from another
 * server, are not compared.
 * @param {Job} a
 * @param {Job} b
 * @param {[string, string]} names
 */
function downloads(a, b, names) {
  const [one, other] = [averageDownload(a), averageDownload(b)];
  if (!one || !other || !isSameWork(a, b)) return [];
  return [compare([one, other], names, text.downloadTook, text.downloadsTook)];
}

/** @param {Job} a @param {Job} b */
const isSameWork = (a, b) => isSameServer(a, b) && a.spec.codes.join() === b.spec.codes.join();

/** LAB with other settings is another server. @param {Job} a @param {Job} b */
const isSameServer = (a, b) => SERVER.every((name) => a.spec[name] === b.spec[name]);

/** Without those that were cut off. @param {Job} job */
function averageDownload(job) {
  const items = job.items.filter(({ status, finished }) => status !== 'cancelled' && finished !== null);
  return speedup({ ...job, items }).sum / items.length || 0;
}

/**
 * When the first result was returned, and how long results were held back.
 * @param {Job} a
 * @param {Job} b
 * @param {[string, string]} names
 */
function results(a, b, names) {
  if (!isSameWork(a, b) || [a, b].some(({ state }) => state !== 'finished')) return [];
  const held = [a, b].map(heldBack);
  const noticeable = [a, b].some((job, at) => held[at] > NOTICEABLE * speedup(job).sum);
  const first = compare([a, b].map(firstResult), names, text.firstResult, () => '');
  return [first, noticeable ? text.heldBack(...lessFirst(held, names)) : ''].filter(Boolean);
}

/** @param {Job} job */
const firstResult = ({ items }) => Math.min(...items.map(({ returned }) => returned ?? Infinity));

/** @param {Job} job */
const heldBack = ({ items }) =>
  items.reduce((sum, { finished, returned }) => sum + (returned && finished ? returned - finished : 0), 0);

/** @param {Job} a @param {Job} b @param {[string, string]} names */
function outcomes(a, b, names) {
  /** @type {(keyof Job['counts'])[]} */
  const statuses = ['ok', 'not_found', 'error', 'cancelled'];
  const same = statuses.every((status) => a.counts[status] === b.counts[status]);
  return same ? text.sameOutcomes(a.counts) : text.otherOutcomes(names, [a.counts, b.counts]);
}

/**
 * A sentence about two times: the ratio, or that they are alike.
 * @param {number[]} seconds  Two.
 * @param {[string, string]} names
 * @param {(quick: text.Took, slow: text.Took, ratio: number) => string} unlike
 * @param {(one: text.Took, other: text.Took) => string} alike
 */
function compare(seconds, names, unlike, alike) {
  const [quick, slow] = lessFirst(seconds, names);
  const ratio = slow.seconds / quick.seconds;
  return ratio > ALIKE && Number.isFinite(ratio) ? unlike(quick, slow, ratio) : alike(...inOrder(seconds, names));
}

/** @param {number[]} seconds @param {[string, string]} names @returns {[text.Took, text.Took]} */
const inOrder = (seconds, names) => [{ name: names[0], seconds: seconds[0] }, { name: names[1], seconds: seconds[1] }];

/** @param {number[]} seconds @param {[string, string]} names */
const lessFirst = (seconds, names) => inOrder(seconds, names).sort((one, other) => one.seconds - other.seconds);
