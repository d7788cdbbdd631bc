/** @import { Figures } from '../model/figures.js' */
/** @import { Job } from '../model/types.js' */
/** Every sentence about what concurrency gains. */
import { gettext, ngettext, number, percent } from '../lib/gettext.js';
import { clock, duration } from '../lib/text.js';

/** @param {Figures} figures @param {Pick<Job, 'ended' | 'concurrency'>} job */
export function gain({ sum, wall, speedup, floor }, { ended, concurrency }) {
  if (speedup === null) return '';
  const say = ended ? duration : clock;
  const took = { sum: say(sum), wall: say(wall) };
  const times = concurrency === 1
    ? gettext('%(sum)s of downloads in %(wall)s, one after another.', took)
    : gettext('%(sum)s of downloads in %(wall)s: %(number)s times as fast as one after another.', { ...took, number: number(speedup, 1) });
  if (!ended) return times; // downloads to come may take longer
  const least = { floor: duration(floor) };
  return `${times} ${ngettext('%(num)s connection cannot beat %(floor)s.', '%(num)s connections cannot beat %(floor)s.', concurrency, least)}`;
}

/**
 * Why threads help, or don't.
 * @param {number | null} share  Of the time of all downloads that was waiting for the network; null if it isn't known.
 * @param {Pick<Job, 'spec' | 'concurrency'>} job
 */
export function waiting(share, { spec, concurrency }) {
  if (share === null) return '';
  const said = percent(share);
  if (spec.strategy === 'asyncio') {
    return gettext('%(share)s of the downloads’ time was waiting for the network. Meanwhile the event loop served the others.', { share: said });
  }
  if (share < 0.5) {
    return gettext('Only %(share)s of the time was waiting for the network. The rest was work in Python, for which a thread holds the interpreter’s lock (GIL): more threads don’t help there.', { share: said });
  }
  return concurrency === 1
    ? gettext('%(share)s of the time was waiting for the network: other threads could have used it.', { share: said })
    : gettext('%(share)s of the threads’ time was waiting for the network. A thread that waits doesn’t hold the interpreter’s lock (GIL), so the others go on.', { share: said });
}
