/** @import { JobRequest } from './request.js' */

/** The options, in the order of `python -m flagdl --help`. */
const OPTIONS = /** @type {const} */ ([
  ['limit', '-l'],
  ['max_req', '-m'],
  ['server', '-s'],
  ['strategy', '--strategy'],
  ['executor', '--executor'],
  ['attempts', '--attempts'],
  ['delay', '--delay'],
  ['spread', '--spread'],
  ['errors', '--errors'],
  ['seed', '--seed'],
]);

/** The command line that asks for the same job. @param {JobRequest} request */
export function command(request) {
  const words = ['python -m flagdl'];
  if (request.select === 'all') words.push('-a');
  if (request.select === 'every') words.push('-e');
  for (const [name, option] of OPTIONS) {
    // `sequential` does not use `max_req`.
    const idle = name === 'max_req' && request.strategy === 'sequential';
    if (request[name] != null && !idle) words.push(option, String(request[name]));
  }
  if ((request.select ?? 'codes') === 'codes') words.push(...(request.codes ?? []));
  return words.join(' ');
}
