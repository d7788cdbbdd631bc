/** @import { JobRequest } from './request.js' */

/**
 * The query of an address that opens the form filled in like a request; flagdl/web/pages/form.py reads it.
 * @param {JobRequest} request  As lean() has it.
 */
export function query({ codes, ...others }) {
  const parameters = new URLSearchParams(codes ? { codes: codes.join(' ') } : {});
  for (const [name, value] of Object.entries(others)) parameters.set(name, String(value));
  return parameters.toString();
}
