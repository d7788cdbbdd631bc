/** @import { Job } from '../lib/types.js' */
/** @import { JobRequest } from '../form/request.js' */
import { abbreviate } from '../form/codes.js';

/**
 * What to ask for to have a job again, in the form or in a terminal.
 * @param {Job} job
 * @returns {JobRequest}
 */
export const requestOf = ({ spec }) => ({ ...spec, codes: abbreviate(spec.codes) });
