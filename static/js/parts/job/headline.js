/** @import { JobStore } from '../../model/store.js' */
import { element, find, parts, setIcon, setText } from '../../lib/dom.js';
import { clock, duration, standing } from '../../lib/text.js';
import * as text from '../../text/job.js';

/** Shows the state of a job by shape, colour and word, the time that it took, and why it failed. */
export class Headline {
  #parts;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#parts = parts(root, 'state', 'elapsed', 'detail');
  }

  /** @param {JobStore} store */
  update({ job, ended, elapsed }) {
    const { state, elapsed: time } = this.#parts;
    const [mark, words] = standing(job);
    state.dataset.state = mark;
    setIcon(state, mark);
    setText(find(state, 'span', HTMLElement), words);
    setText(time, ended ? duration(elapsed) : clock(elapsed));
    this.#explain(job.detail);
  }

  /** @param {string} detail */
  #explain(detail) {
    const place = this.#parts.detail;
    if (!text.isException(detail)) setText(place, detail);
    else if (!place.textContent?.endsWith(detail)) {
      place.replaceChildren(`${text.BUG} `, element('code', { textContent: detail }));
    }
  }
}
