/** @import { JobStore } from '../../model/store.js' */
import { announcer } from '../../lib/announcer.js';
import { find, setHidden } from '../../lib/dom.js';
import { recall, remember } from '../../lib/memory.js';
import * as text from '../../text/job.js';

const WANTED = 'notify';
/** Chrome on Android has the class, lets it be allowed, and throws where it is used. */
const IMPOSSIBLE = 'impossible';

/** Tells of the end of a job outside of the page, to those who want it and look elsewhere. */
export class Notifier {
  #button;
  /** Takes the focus where there is no button any more. */
  #title;
  #possible = false;
  /** The job whose end is yet to come. */
  #awaited = '';

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#button = find(root, '[data-notify]', HTMLButtonElement);
    this.#title = find(root, 'h2', HTMLElement);
    this.#button.addEventListener('click', () => this.#toggle());
  }

  /** What is allowed is asked for here, and not in each frame: the answer takes the browser its time. */
  reset() {
    this.#possible = canNotify();
    this.#button.ariaPressed = String(isWanted());
  }

  /** @param {JobStore} store */
  update({ ended }) {
    this.#offer(this.#possible && !ended);
  }

  /** Doesn't wait for a frame: a hidden tab gets none. @param {JobStore} store */
  look({ ended, job }) {
    const awaited = this.#awaited;
    this.#awaited = ended ? '' : job.id;
    if (ended && job.id === awaited && document.hidden && isWanted()) notify(job.id, text.ending(job));
  }

  /** @param {boolean} offered */
  #offer(offered) {
    setHidden(this.#button, !offered, () => this.#title);
  }

  async #toggle() {
    const wanted = !isWanted() && (await Notification.requestPermission()) === 'granted';
    remember(WANTED, wanted ? 'yes' : 'no');
    this.#button.ariaPressed = String(wanted);
    this.#possible = canNotify();
    this.#offer(this.#possible && this.#awaited !== ''); // it may have ended before the answer
    if (!this.#possible) announcer.say(text.NO_NOTIFICATIONS);
  }
}

const canNotify = () =>
  'Notification' in window && Notification.permission !== 'denied' && recall(WANTED) !== IMPOSSIBLE;

const isWanted = () => canNotify() && Notification.permission === 'granted' && recall(WANTED) === 'yes';

/** @param {string} tag  Of several tabs that watch a job, one is enough. @param {string} sentence */
function notify(tag, sentence) {
  try {
    const notification = new Notification('flagdl', { tag, body: sentence });
    notification.addEventListener('click', () => {
      window.focus();
      notification.close();
    });
  } catch {
    remember(WANTED, IMPOSSIBLE); // so no page offers it again
  }
}
