/** @import { Bar } from '../model/lanes.js' */
/** @import { Job, Look, Row } from '../model/types.js' */
/** The texts about one code of a job: in the tooltip, and for screen readers in the timeline. */
import { gettext, ngettext, number, percent } from '../lib/gettext.js';
import { STATUS, cause, country, duration, size, worker } from '../lib/text.js';

/** @typedef {{downloads: number, busy: number}} Load  Of a worker: how many downloads it made, and its share of busy time. */

/** "failed: read timeout" @param {Row} row @param {Look} look */
export const outcome = ({ status, detail }, look) =>
  status === 'error' && detail ? `${STATUS.error}: ${cause(detail)}` : STATUS[look];

/** The state of the code's future, in the words of concurrent.futures. @type {Partial<Record<Look, string>>} */
const FUTURE = { pending: 'pending', running: 'running', held: 'done', ok: 'done', not_found: 'done', error: 'done' };

/**
 * Terms and values: the state of the future, how long each phase took, the worker, attempts and size.
 * @param {Row} row
 * @param {Look} look
 * @param {Job} job
 * @param {Bar | null} bar  null before a worker has taken the code.
 * @param {Load | null} load  Of its worker.
 * @returns {[string, string][]}
 */
export function facts(row, look, { spec: { strategy }, places }, bar, load) {
  const place = bar && places?.[bar.lane];
  const future = strategy === 'sequential' ? undefined : FUTURE[look];
  /** @type {[string, string | number | undefined | false][]} */
  const all = [
    [strategy === 'asyncio' ? gettext('task') : gettext('future'), future],
    ...(bar ? phases(bar) : []),
    [bar ? worker(bar.lane, strategy) : '', load ? busy(load) : ''],
    [gettext('process'), place || ''],
    [gettext('attempts'), row.attempts > 1 && number(row.attempts)],
    [gettext('size'), row.bytes && size(row.bytes)],
  ];
  return all.flatMap(([term, value]) => (value ? [/** @type {[string, string]} */ ([term, String(value)])] : []));
}

/** How long each known phase took. @param {Bar} bar @returns {[string, string][]} */
function phases({ row, look, start, sent, answer, received, end, back }) {
  /** @type {[string, boolean, number][]} */
  const all = [
    [gettext('queued'), true, start],
    [gettext('running'), row.finished === null, end - start],
    [row.attempts > 1 ? gettext('earlier attempts and pauses') : gettext('connecting'), row.sent !== null, sent - start],
    [gettext('waiting for the answer'), row.first_byte !== null, answer - sent],
    [gettext('no answer'), row.finished !== null && row.first_byte === null, end - sent],
    [gettext('receiving'), row.first_byte !== null, received - answer],
    [row.status === 'ok' ? gettext('checking and saving') : gettext('checking'), row.received !== null, end - received],
    [gettext('held back'), look === 'held' || row.returned !== null, back - end],
  ];
  return all.filter(([, known]) => known).map(([term, , time]) => [term, duration(time)]);
}

/** @param {Load} load */
const busy = ({ downloads, busy }) =>
  ngettext('%(num)s download, busy %(share)s', '%(num)s downloads, busy %(share)s', downloads, { share: percent(busy) });

/** @param {string} cc @param {string | undefined} name */
export const title = (cc, name) => `${cc} ${country(name)}`;

/** All three as one sentence. @param {string} title @param {string} outcome @param {[string, string][]} facts */
export const spoken = (title, outcome, facts) => [title, outcome, ...facts.map((fact) => fact.join(' '))].join(', ');
