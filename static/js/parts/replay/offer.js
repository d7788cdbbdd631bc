/** @import { Recording, Replay } from '../../model/replay.js' */
/** @import { Player } from './player.js' */
import { parts } from '../../lib/dom.js';

/**
 * Offers a replay of ended jobs. Its modules and the recordings are loaded when the button is pressed.
 * @param {HTMLElement} root
 * @param {() => Promise<Recording[]>} recordings
 * @param {(replay: Replay | null) => void} show  Shows the stores of a replay; null shows the jobs themselves again.
 */
export function offerReplay(root, recordings, show) {
  const { replay: controls, openReplay } = parts(root, 'replay', 'openReplay');
  /** @type {Player | null} */
  let player = null;
  openReplay.addEventListener('click', async () => {
    const modules = Promise.all([import('../../model/replay.js'), import('./player.js')]);
    const [recorded, [{ Replay }, { Player }]] = await Promise.all([recordings(), modules]);
    player ??= new Player(controls, openReplay, show);
    player.begin(new Replay(recorded));
  });
}
