/** @import { Job, Row } from '../model/types.js' */
/** Every sentence of the log. */
import { gettext, ngettext, number } from '../lib/gettext.js';
import { STATUS, cause, duration, milliseconds, size } from '../lib/text.js';

/** The outcome in short, with the size of a flag or the message of a failure. @param {Row} row */
export function line({ status, detail, bytes, started, finished }) {
  const parts = [STATUS[status]];
  if (status === 'ok') parts.push(size(bytes));
  else if (status === 'error' && detail) parts.push(cause(detail));
  if (started !== null && finished !== null) parts.push(duration(finished - started));
  return parts.join(' · ');
}

/** What is known about a row, as terms and values. @param {Row} row @param {Job} job @returns {[string, string][]} */
export function facts(row, { site, spec }) {
  const { detail, bytes, attempts, worker } = row;
  /** @type {[string, string | false | 0 | null][]} */
  const all = [
    [gettext('Message'), cause(detail)],
    [gettext('Address'), attempts > 0 && address(row.cc, site)],
    [gettext('Attempts'), attempts && number(attempts)],
    [spec.strategy === 'asyncio' ? gettext('Slot') : gettext('Worker'), worker !== null && String(worker)],
    ...times(row),
    [gettext('Size'), bytes && ngettext('%(num)s byte', '%(num)s bytes', bytes)],
  ];
  return all.filter(/** @returns {pair is [string, string]} */ (pair) => Boolean(pair[1]));
}

/** When each phase began, with one digit more than a duration. @param {Row} row @returns {[string, string | false][]} */
function times({ status, started, sent, first_byte, received, finished, returned }) {
  /** @type {[string, number | null][]} */
  const moments = [
    [gettext('Started at'), started],
    [gettext('Sent at'), sent],
    [gettext('First byte at'), first_byte],
    [gettext('Received at'), received],
    [status === 'ok' ? gettext('Saved at') : gettext('Finished at'), finished],
    [gettext('Returned at'), returned],
  ];
  return moments.map(([term, moment]) => [term, moment !== null && milliseconds(moment, 1)]);
}

/** The address of a flag. A site may be a template with `{cc}`. @param {string} cc @param {string} site */
function address(cc, site) {
  const code = cc.toLowerCase();
  return site.includes('{cc}') ? site.replaceAll('{cc}', code) : `${site}/${code}/${code}.gif`;
}

/** @param {Row} row @param {string} name @param {Job} job */
export const asText = (row, name, job) =>
  [`${row.cc} ${name}: ${STATUS[row.status]}`, ...facts(row, job).map(([term, value]) => `${term}: ${value}`)].join('\n');

/** @param {number} count @param {number} total */
export const matches = (count, total) =>
  ngettext('%(num)s of %(total)s entry matches', '%(num)s of %(total)s entries match', count, { total: number(total) });

export const NOTHING_YET = gettext('Each code is listed here as its result comes.');
export const NO_MATCH = gettext('No entry matches.');
export const COPY = gettext('Copy');
