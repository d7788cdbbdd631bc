/** @import { Job } from './types.js' */
import { abbreviate } from './codes.js';

/**
 * What the API takes; a missing property has its default.
 * @typedef {object} JobRequest
 * @property {'codes' | 'pop20' | 'all' | 'every' | null} [select]
 * @property {string[] | null} [codes]  Sorted codes; a letter stands for its 26 codes.
 * @property {string | null} [server]
 * @property {string | null} [strategy]
 * @property {string | null} [executor]
 * @property {number | null} [max_req]
 * @property {number | null} [limit]
 * @property {number | null} [attempts]
 * @property {number | null} [delay]  This and the next three are for the server LAB only.
 * @property {number | null} [spread]
 * @property {number | null} [errors]
 * @property {number | null} [seed]
 */

/** The request that asks for the same job again. @param {Pick<Job, 'spec'>} job @returns {JobRequest} */
export const requestOf = ({ spec }) => ({ ...spec, codes: abbreviate(spec.codes) });

/**
 * The same request, as short as possible: without defaults, and with letters for their 26 codes.
 * @param {JobRequest} request
 * @param {JobRequest} defaults  The defaults of the server that is asked.
 * @returns {JobRequest}
 */
export function lean({ select, codes, ...others }, defaults) {
  const differing = Object.entries(others).filter(
    ([name, value]) => value != null && value !== defaults[/** @type {keyof typeof others} */ (name)],
  );
  const choice = codes?.length ? { codes: abbreviate(codes) } : select !== 'pop20' && select && { select };
  return { ...choice, ...Object.fromEntries(differing) };
}

/**
 * The query of an address that opens the form, filled in with a request; flagdl/web/pages/form.py reads it.
 * @param {JobRequest} request  As lean() returns it.
 */
export function query({ codes, ...others }) {
  const parameters = new URLSearchParams(codes ? { codes: codes.join(' ') } : {});
  for (const [name, value] of Object.entries(others)) parameters.set(name, String(value));
  return parameters.toString();
}
