/** @import { JobStore } from '../../model/store.js' */
import { announcer } from '../../lib/announcer.js';
import { find, setHidden } from '../../lib/dom.js';
import { recall, remember } from '../../lib/memory.js';
import * as text from '../../text/job.js';

const WANTED = 'notify';
/** Chrome on Android has the class and grants the permission, but the constructor throws. */
const IMPOSSIBLE = 'impossible';

/** Shows a notification when a job ends while the page is hidden, if the reader has asked for it. */
export class Notifier {
  #button;
  /** Gets the focus when the button is hidden. */
  #title;
  #possible = false;
  /** Whether the job has not ended yet. */
  #awaited = false;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#button = find(root, '[data-notify]', HTMLButtonElement);
    this.#title = find(root, 'h2', HTMLElement);
    this.#button.addEventListener('click', () => this.#toggle());
  }

  /** Reads the permission here and not in each frame, because browsers take long to answer. */
  reset() {
    this.#possible = canNotify();
    this.#button.ariaPressed = String(isWanted());
  }

  /** @param {JobStore} store */
  update({ ended }) {
    setHidden(this.#button, !this.#possible || ended, () => this.#title);
  }

  /** Called at each event, not once per frame: a hidden tab has no frames. @param {JobStore} store */
  look({ ended, job }) {
    const awaited = this.#awaited;
    this.#awaited = !ended;
    if (ended && awaited && document.hidden && isWanted()) notify(job.id, text.ending(job));
  }

  async #toggle() {
    const wanted = !isWanted() && (await Notification.requestPermission()) === 'granted';
    remember(WANTED, wanted ? 'yes' : 'no');
    this.#button.ariaPressed = String(wanted);
    this.#possible = canNotify();
    setHidden(this.#button, !this.#possible || !this.#awaited, () => this.#title); // the job may have ended before the answer
    if (!this.#possible) announcer.say(text.NO_NOTIFICATIONS);
  }
}

const canNotify = () =>
  'Notification' in window && Notification.permission !== 'denied' && recall(WANTED) !== IMPOSSIBLE;

const isWanted = () => canNotify() && Notification.permission === 'granted' && recall(WANTED) === 'yes';

/** @param {string} tag  One notification for several tabs with the same job. @param {string} sentence */
function notify(tag, sentence) {
  try {
    const notification = new Notification('flagdl', { tag, body: sentence });
    notification.addEventListener('click', () => {
      window.focus();
      notification.close();
    });
  } catch {
    remember(WANTED, IMPOSSIBLE); // no page offers it again
  }
}
