/** @import { Recording } from '../model/replay.js' */
/** @import { Country, Flag, Job, JobEvent } from '../model/types.js' */
import { address } from './address.js';

/** An error with the contents of a problem document (RFC 9457). */
export class Problem extends Error {
  /**
   * @param {string} message
   * @param {number} status  0 when the server could not be reached at all.
   * @param {string | null} field
   */
  constructor(message, status, field = null) {
    super(message);
    this.status = status;
    this.field = field;
  }

  /** Whether the request is wrong: the server would refuse it again. */
  get isPermanent() {
    return this.status >= 400 && this.status < 500;
  }
}

/** @param {string} id @param {AbortSignal} [signal] @returns {Promise<Job>} */
export const fetchJob = (id, signal) => call('GET', `/api/jobs/${id}`, undefined, signal);

/** A job's events after one of them. @param {string} id @param {number} since @param {AbortSignal} [signal] @returns {Promise<JobEvent[]>} */
export async function fetchEvents(id, since, signal) {
  const { events } = await call('GET', `/api/jobs/${id}/events?since=${since}`, undefined, signal);
  return events;
}

/** What a replay needs. @param {Job[]} jobs  Ended jobs. @returns {Promise<Recording[]>} */
export const fetchRecordings = (jobs) =>
  Promise.all(jobs.map(async (job) => ({ job, events: await fetchEvents(job.id, 0) })));

/** @param {object} request @returns {Promise<Job>} */
export const postJob = (request) => call('POST', '/api/jobs', request);

/** @param {string} id @returns {Promise<Job>} */
export const cancelJob = (id) => call('POST', `/api/jobs/${id}/cancel`);

/** @param {string} id @returns {Promise<Job>} the new job */
export const retryJob = (id) => call('POST', `/api/jobs/${id}/retry`);

/** Works from a page that is being left, too. @param {string} id @returns {Promise<void>} */
export const deleteJob = (id) => call('DELETE', `/api/jobs/${id}`);

/** Names by code. @returns {Promise<Map<string, string>>} */
export async function fetchNames() {
  /** @type {{countries: Country[]}} */
  const { countries } = await call('GET', '/api/countries');
  return new Map(countries.map(({ cc, name }) => [cc, name]));
}

/** @param {string} id @param {number | null} since  The last event seen; null asks for a snapshot. */
export function watchUrl(id, since) {
  const url = new URL(address(`/ws/jobs/${id}`), location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  if (since !== null) url.searchParams.set('since', String(since));
  return url.href;
}

/**
 * The images of many flags, as data: addresses by code, without those that aren't saved. Browsers cache them for good.
 * @param {Iterable<string>} codes
 * @param {string} version  Changes with the images: when their job was created. (Job ids repeat in another history.)
 * @returns {Promise<Map<string, string>>}
 */
export async function fetchImages(codes, version) {
  const { images } = await call('GET', `/api/flags/images?${codesQuery(codes)}&v=${version}`);
  return new Map(Object.entries(images));
}

/** @returns {Promise<{flags: Flag[]}>} */
export const fetchFlags = () => call('GET', '/api/flags');

/** @param {Iterable<string>} codes @returns {Promise<{deleted: string[]}>} those that were saved */
export const deleteFlags = (codes) => call('DELETE', `/api/flags?${codesQuery(codes)}`);

/** Undoes a deletion. @param {Iterable<string>} codes @returns {Promise<{restored: string[]}>} */
export const restoreFlags = (codes) => call('POST', `/api/flags/restore?${codesQuery(codes)}`);

/** @param {Iterable<string>} [codes]  By default all that are saved. */
export const zipUrl = (codes) => address(`/api/flags.zip${codes ? `?${codesQuery(codes)}` : ''}`);

/** @param {Iterable<string>} codes */
const codesQuery = (codes) => Array.from(codes, (cc) => `cc=${cc}`).join('&');

const NO_CONTENT = 204;
const TIMEOUT = 10_000; // milliseconds

/**
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
async function call(method, path, body, signal = AbortSignal.timeout(TIMEOUT)) {
  const response = await fetch(address(path), {
    method,
    headers: body ? { 'Content-Type': 'application/json' } : {},
    body: body && JSON.stringify(body),
    keepalive: method === 'DELETE', // it is sent even if the page is left
    signal,
  }).catch(unreachable);
  if (response.status === NO_CONTENT) return undefined;
  // What isn't JSON comes from a proxy that did not reach the server.
  const answer = await response.json().catch(unreachable);
  if (response.ok) return answer;
  throw new Problem(answer.detail ?? answer.title ?? response.statusText, response.status, answer.field);
}

/** @returns {never} */
function unreachable() {
  throw new Problem('The server could not be reached.', 0);
}
