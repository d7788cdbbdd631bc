/** @import { Replay } from '../../model/replay.js' */
/** @import { Job } from '../../model/types.js' */
/** @import { Player } from './player.js' */
import { fetchEvents } from '../../lib/api.js';
import { parts } from '../../lib/dom.js';

/**
 * Offers to show ended jobs again. What that needs is loaded when it is asked for.
 * @param {HTMLElement} root
 * @param {() => Job[]} jobs
 * @param {(replay: Replay | null) => void} show  Shows the stores of a replay, or again what there was before.
 */
export function offerReplay(root, jobs, show) {
  const { replay: controls, openReplay } = parts(root, 'replay', 'openReplay');
  /** @type {Player | null} */
  let player = null;
  openReplay.addEventListener('click', async () => {
    const modules = Promise.all([import('../../model/replay.js'), import('./player.js')]);
    const recordings = Promise.all(jobs().map(async (job) => ({ job, events: await fetchEvents(job.id, 0) })));
    const [{ Replay }, { Player }] = await modules;
    player ??= new Player(controls, openReplay, show);
    player.begin(new Replay(await recordings));
  });
}
