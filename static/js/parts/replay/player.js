/** @import { Replay } from '../../model/replay.js' */
import { find, oncePerFrame, parts, setIcon, setText } from '../../lib/dom.js';
import { SPEEDS } from '../../model/replay.js';
import * as text from '../../text/replay.js';

const stillness = matchMedia('(prefers-reduced-motion: reduce)');
/** Steps of the scrubber. */
const STEPS = 1000;

/** Plays a replay: play and pause, speed, and a scrubber. With reduced motion, it has only the scrubber. */
export class Player {
  #root;
  #parts;
  #scrubber;
  #speed;
  #opener;
  #show;
  /** @type {Replay | null} */
  #replay = null;
  #playing = false;
  #lastFrame = 0;
  #nextFrame = oncePerFrame(() => this.#frame());

  /**
   * @param {HTMLElement} root  The controls.
   * @param {HTMLElement} opener  Gets the focus back at the end.
   * @param {(replay: Replay | null) => void} show  Shows the stores of a replay; null shows the jobs themselves again.
   */
  constructor(root, opener, show) {
    this.#root = root;
    this.#parts = parts(root, 'play', 'moment', 'close');
    this.#scrubber = find(root, '[data-scrubber]', HTMLInputElement);
    this.#speed = find(root, '[data-speed]', HTMLSelectElement);
    this.#opener = opener;
    this.#show = show;
    this.#scrubber.max = String(STEPS);
    this.#speed.replaceChildren(...SPEEDS.map((speed) => new Option(text.speed(speed), String(speed))));
    this.#parts.play.addEventListener('click', () => this.#toggle());
    this.#parts.close.addEventListener('click', () => this.#end());
    this.#scrubber.addEventListener('input', () => this.#scrub());
    root.addEventListener('keydown', ({ key }) => key === 'Escape' && this.#end());
  }

  /** @param {Replay} replay */
  begin(replay) {
    this.#replay = replay;
    this.#speed.value = String(replay.pleasantSpeed);
    this.#parts.play.hidden = stillness.matches;
    this.#speed.hidden = stillness.matches;
    this.#root.hidden = false;
    this.#show(replay);
    if (stillness.matches) this.#scrubber.focus();
    else {
      this.#parts.play.focus();
      this.#play(true);
    }
    this.#describe();
  }

  #end() {
    this.#play(false);
    this.#replay = null;
    this.#root.hidden = true;
    this.#show(null);
    this.#opener.focus();
  }

  #toggle() {
    const replay = this.#replay;
    if (!replay) return;
    if (!this.#playing && replay.now >= replay.duration) replay.seek(0);
    this.#play(!this.#playing);
  }

  /** @param {boolean} playing */
  #play(playing) {
    this.#playing = playing;
    this.#lastFrame = performance.now();
    setIcon(this.#parts.play, playing ? 'pause' : 'running');
    this.#parts.play.ariaLabel = playing ? text.PAUSE : text.PLAY;
    if (playing) this.#nextFrame();
  }

  #frame() {
    const replay = this.#replay;
    if (!replay || !this.#playing) return;
    const now = performance.now();
    replay.seek(replay.now + ((now - this.#lastFrame) / 1000) * Number(this.#speed.value));
    this.#lastFrame = now;
    if (replay.now >= replay.duration) this.#play(false);
    else this.#nextFrame();
    this.#describe();
  }

  #scrub() {
    this.#play(false);
    this.#replay?.seek((Number(this.#scrubber.value) / STEPS) * this.#replay.duration);
    this.#describe();
  }

  #describe() {
    if (!this.#replay) return;
    const { now, duration } = this.#replay;
    this.#scrubber.value = String(Math.round((now / duration) * STEPS));
    const said = text.moment(now, duration);
    setText(this.#parts.moment, said);
    this.#scrubber.ariaValueText = said;
  }
}
