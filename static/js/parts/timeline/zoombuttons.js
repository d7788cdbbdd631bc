/** @import { Timeline } from './timeline.js' */
import { parts } from '../../lib/dom.js';

/** What a button or a key magnifies by. */
export const STEP = 1.6;

/** The buttons that zoom one timeline, or several together: all of them show the same part of the time axis. */
export class ZoomButtons {
  #out;
  #fit;
  /** @type {Timeline[]} */
  #timelines = [];
  /** The timeline that was moved last. @type {Timeline | null} */
  #leader = null;

  /** @param {HTMLElement} root */
  constructor(root) {
    const { zoomIn, zoomOut, zoomFit } = parts(root, 'zoomIn', 'zoomOut', 'zoomFit');
    this.#out = zoomOut;
    this.#fit = zoomFit;
    zoomIn.addEventListener('click', () => this.#leader?.zoom(STEP));
    zoomOut.addEventListener('click', () => this.#leader?.zoom(1 / STEP));
    zoomFit.addEventListener('click', () => this.#leader?.fit());
  }

  /** @param {Timeline} timeline */
  add(timeline) {
    this.#timelines.push(timeline);
    this.#leader ??= timeline;
  }

  /** Makes the other timelines follow. @param {Timeline} leader */
  moved(leader) {
    this.#leader = leader;
    for (const timeline of this.#timelines) if (timeline !== leader) timeline.follow(leader.view);
    // The attribute `disabled` would take the focus away.
    for (const button of [this.#out, this.#fit]) button.ariaDisabled = String(leader.view.fitted);
  }
}
