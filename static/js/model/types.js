/**
 * The JSON between server and page. Times are seconds since the job began, sizes are bytes, dates are ISO 8601 in UTC.
 *
 * @typedef {'ok' | 'not_found' | 'error' | 'cancelled'} Outcome
 * @typedef {'pending' | 'running' | Outcome} Status
 * @typedef {Status | 'held'} Look  How a code is shown; `held`: it is done, and its result is not returned yet.
 * @typedef {'pending' | 'running' | 'finished' | 'cancelled' | 'failed' | 'interrupted' | 'unreadable'} State
 * @typedef {Record<Outcome, number>} Counts
 *
 * @typedef {object} Row  One code of a job; null: it hasn't happened.
 * @property {string} cc
 * @property {Status} status
 * @property {string} detail
 * @property {number} bytes
 * @property {number} attempts
 * @property {number | null} worker  The number of the thread, or of asyncio's slot.
 * @property {number | null} started  A worker took it.
 * @property {number | null} sent  The request was sent. Unknown in logs of version 1.
 * @property {number | null} first_byte
 * @property {number | null} received  The last byte. Unknown in logs of version 1.
 * @property {number | null} finished  The flag was checked and saved, or the download failed.
 * @property {number | null} returned  The strategy returned the result to the main thread.
 *
 * @typedef {object} Spec
 * @property {string[]} codes
 * @property {string} server
 * @property {string} strategy
 * @property {'cluster'} [executor]  Only for a job on a cluster.
 * @property {number} max_req
 * @property {number} attempts
 * @property {number} [delay]  This and the next three are for the server LAB only.
 * @property {number} [spread]
 * @property {number} [errors]
 * @property {number} [seed]
 *
 * @typedef {object} Job
 * @property {string} id
 * @property {State} state
 * @property {boolean} ended  Whether nothing more will happen.
 * @property {'dashboard' | 'terminal' | 'imported'} source  Where the job came from, and where it runs or ran.
 * @property {string | null} retry_of  The job that this one retries.
 * @property {string | null} after  The job that must end before this one starts.
 * @property {Spec} spec
 * @property {number} total
 * @property {number} concurrency  How many downloads can run at once.
 * @property {Counts} counts
 * @property {number} retryable  How many codes a retry would ask for; 0 before the end.
 * @property {number} returned  How many results the strategy has returned to the main thread.
 * @property {number} elapsed
 * @property {string} created_at
 * @property {number} seq  The number of its last event.
 * @property {Record<string, string>} [places]  Where the workers of a cluster are, as process@machine.
 * @property {string} detail  Why it failed.
 * @property {string} site  The server's address, empty before the job has begun.
 * @property {string} report
 * @property {Row[]} items
 *
 * @typedef {{seq: number, t: number}} Stamp
 * @typedef {Stamp & {type: 'job_started', total: number, site: string, max_req: number}} JobStarted
 * @typedef {Stamp & {type: 'flag_started', cc: string, worker: number | null, place?: string}} FlagStarted
 *   `place` only on a cluster.
 * @typedef {Stamp & {type: 'flag_done', status: Outcome, returned?: number} & Omit<Row, 'status' | 'returned'>} FlagDone
 *   `returned` only in logs of version 1: there, this event also means returned.
 * @typedef {Stamp & {type: 'flag_returned', cc: string}} FlagReturned
 * @typedef {Stamp & {type: 'job_finished', state: State, counts: Counts, returned: number, elapsed: number, detail: string}} JobFinished
 * @typedef {JobStarted | FlagStarted | FlagDone | FlagReturned | JobFinished} JobEvent
 *
 * @typedef {{type: 'snapshot', job: Job} | {type: 'events', events: JobEvent[]}} Message
 *
 * @typedef {object} Flag  A saved flag.
 * @property {string} cc
 * @property {string} name
 * @property {string} continent
 * @property {number} bytes
 * @property {number} width  Pixels.
 * @property {number} height
 * @property {string} saved_at
 * @property {string | null} job  Which job saved it, if that is known.
 * @property {string} url  The address of the image; another image has another address.
 *
 * @typedef {object} Country
 * @property {string} cc
 * @property {string} name
 * @property {string} capital
 * @property {string} continent
 */

export {};
