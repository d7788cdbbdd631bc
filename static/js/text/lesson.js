/** @import { Figures } from '../model/figures.js' */
/** @import { Job } from '../model/types.js' */
/** Every sentence about what concurrency gains. */
import { gettext, ngettext, number, percent } from '../lib/gettext.js';
import { clock, duration } from '../lib/text.js';

/** @param {Figures} figures @param {Pick<Job, 'ended' | 'concurrency'>} job */
export function gain({ sum, wall, atOnce, speedup, floor, limit, rounds }, { ended, concurrency }) {
  if (atOnce === null || (!ended && wall < 1)) return ''; // a text that is shown so briefly can't be read
  const say = ended ? duration : clock;
  const took = { sum: say(sum), wall: say(wall) };
  const times = concurrency === 1
    ? gettext('%(sum)s of downloads in %(wall)s, one after another.', took)
    : speedup === null
    ? gettext('%(sum)s of downloads in %(wall)s: on average, %(number)s were under way at once.', { ...took, number: number(atOnce, 1) })
    : gettext('%(sum)s of downloads in %(wall)s: %(number)s times as fast as one after another.', { ...took, number: number(speedup, 1) });
  if (!ended) return times; // downloads to come may take longer
  if (concurrency === 1 || floor === null) return times; // one connection can't be quicker than the sum
  return `${times} ${LIMITS[limit]({ sum, floor, rounds }, concurrency)}`;
}

/** The floor: no schedule can beat it. @type {Record<Figures['limit'], (of: {sum: number, floor: number, rounds: number}, connections: number) => string>} */
const LIMITS = {
  longest: ({ floor }) =>
    gettext('The floor is %(floor)s: the longest download takes that long, with any number of connections.', { floor: duration(floor) }),
  rounds: ({ floor, rounds }, connections) =>
    ngettext('The floor is %(floor)s: %(num)s connection has at least %(rounds)s downloads, one after another.', 'The floor is %(floor)s: one of %(num)s connections has at least %(rounds)s downloads, one after another.', connections, {
      floor: duration(floor), rounds,
    }),
  shared: ({ sum, floor }, connections) =>
    ngettext('The floor is %(floor)s: %(sum)s, shared out evenly among %(num)s connection.', 'The floor is %(floor)s: %(sum)s, shared out evenly among %(num)s connections.', connections, {
      floor: duration(floor), sum: duration(sum),
    }),
};

/**
 * In which order results were handed to the main thread.
 * @param {Pick<Job, 'spec' | 'items' | 'elapsed' | 'state'>} job
 * @param {number | null} first  When the first result was returned.
 */
export function order({ spec: { strategy }, items, elapsed, state }, first) {
  if (state !== 'finished' || first === null || strategy === 'sequential') return '';
  const longest = items.reduce((one, other) => (heldBack(one) > heldBack(other) ? one : other));
  if (heldBack(longest) >= NOTICEABLE * elapsed) return whyHeldBack(longest, strategy, items, elapsed, first);
  return strategy === 'map'
    ? gettext('The results were returned in the order of submission, and none waited long for another.')
    : gettext('Each result was returned as soon as it was done: the first after %(first)s.', { first: duration(first) });
}

/** A share of the elapsed time: a shorter wait isn't worth a sentence. */
const NOTICEABLE = 0.1;

/** @param {Job['items'][number]} row @param {string} strategy @param {Job['items']} items @param {number} elapsed @param {number} first */
function whyHeldBack({ cc, finished, returned }, strategy, items, elapsed, first) {
  const [done, back] = [Number(finished), Number(returned)];
  const times = { cc, done: duration(done), returned: duration(back) };
  if (strategy === 'asyncio') return gettext('%(cc)s was done after %(done)s, and returned after %(returned)s: the event loop was busy with other downloads.', times);
  const before = items.slice(0, items.findIndex((row) => row.cc === cc));
  const slow = before.reduce((one, other) => (Number(one.finished) > Number(other.finished) ? one : other), before[0]);
  if (strategy === 'map' && slow && back - Number(slow.finished) < NOTICEABLE * elapsed) {
    return gettext('%(cc)s was done after %(done)s, but map returned it after %(returned)s: it waited for %(slow)s, which was submitted before it.', { ...times, slow: slow.cc });
  }
  return done < first
    ? gettext('%(cc)s was done after %(done)s, and returned after %(returned)s: first, all codes are submitted.', times)
    : gettext('%(cc)s was done after %(done)s, and returned after %(returned)s: the main thread came to it only then.', times);
}

/** @param {Job['items'][number]} row */
const heldBack = ({ finished, returned }) => (finished === null || returned === null ? 0 : returned - finished);

/**
 * Why threads help, or don't.
 * @param {Pick<Figures, 'waiting' | 'speedup'>} figures
 * @param {Pick<Job, 'spec' | 'concurrency'>} job
 */
export function waiting({ waiting: share, speedup }, { spec, concurrency }) {
  if (share === null) return '';
  const said = percent(share);
  if (spec.strategy === 'asyncio') {
    return gettext('%(share)s of the downloads’ time was waiting for the network. Meanwhile the event loop served the others.', { share: said });
  }
  if (speedup === null) {
    return gettext('Only %(share)s of the time was waiting for the network. The rest was checking and saving: work in Python, which only one thread does at a time, and waiting for the disk or for the interpreter’s lock (GIL). So more threads help less.', { share: said });
  }
  return concurrency === 1
    ? gettext('%(share)s of the time was waiting for the network: other threads could have used it.', { share: said })
    : gettext('%(share)s of the threads’ time was waiting for the network. A thread that waits doesn’t hold the interpreter’s lock (GIL), so the others go on.', { share: said });
}
