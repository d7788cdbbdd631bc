/** @import { Job, Country } from './types.js' */

/** A problem document (RFC 9457), thrown: what went wrong, and at which field. */
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
}

/** @param {string} id @returns {Promise<Job>} */
export const fetchJob = (id) => call('GET', `/api/jobs/${id}`);

/** @param {object} request @returns {Promise<Job>} */
export const postJob = (request) => call('POST', '/api/jobs', request);

/** @param {string} id @returns {Promise<Job>} */
export const cancelJob = (id) => call('POST', `/api/jobs/${id}/cancel`);

/** @param {string} id @returns {Promise<Job>} the new job */
export const retryJob = (id) => call('POST', `/api/jobs/${id}/retry`);

/** @returns {Promise<{jobs: Omit<Job, 'items' | 'report' | 'seq'>[]}>} */
export const fetchNewestJob = () => call('GET', '/api/jobs?limit=1');

/** Names by code. @returns {Promise<Map<string, string>>} */
export async function fetchNames() {
  /** @type {{countries: Country[]}} */
  const { countries } = await call('GET', '/api/countries');
  return new Map(countries.map(({ cc, name }) => [cc, name]));
}

/** @param {string} id */
export function watchUrl(id) {
  const url = new URL(`/ws/jobs/${id}`, location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

/** @param {string} cc */
export const flagUrl = (cc) => `/flags/${cc.toLowerCase()}.gif`;

/**
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<any>}
 */
async function call(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: body ? { 'Content-Type': 'application/json' } : {},
    body: body && JSON.stringify(body),
  }).catch(() => {
    throw new Problem('The server could not be reached.', 0);
  });
  if (response.ok) return response.json();
  const problem = await response.json().catch(() => ({}));
  throw new Problem(problem.detail ?? problem.title ?? response.statusText, response.status, problem.field);
}
