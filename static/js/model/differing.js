/** @import { Job, Row, Status } from './types.js' */

/**
 * The codes that ended differently, with the outcome in each job; null: not known yet, or the job lacks the code.
 * @param {Job[]} jobs
 * @returns {{cc: string, outcomes: (Status | null)[]}[]}
 */
export function differing(jobs) {
  const rows = jobs.map(({ items }) => new Map(items.map((row) => [row.cc, outcomeOf(row)])));
  const codes = [...new Set(jobs.flatMap(({ spec }) => spec.codes))].sort();
  return codes
    .map((cc) => ({ cc, outcomes: rows.map((row) => row.get(cc) ?? null) }))
    .filter(({ outcomes }) => new Set(outcomes.filter(Boolean)).size > 1);
}

/** @param {Row} row */
const outcomeOf = ({ status }) => (status === 'pending' || status === 'running' ? null : status);
