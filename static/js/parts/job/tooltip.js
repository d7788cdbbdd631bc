/** @import { Highlight } from '../../model/highlight.js' */
/** @import { JobStore } from '../../model/store.js' */
/** @import { Row } from '../../model/types.js' */
import { element, find, parts, setText } from '../../lib/dom.js';
import { Lanes } from '../../model/lanes.js';
import * as text from '../../text/flag.js';

/** Says what became of the highlighted code, beside the picture that is pointed at. */
export class Tooltip {
  #root;
  #names;
  #highlight;
  #mark;
  #parts;
  /** @type {JobStore | null} */
  #store = null;

  /** @param {HTMLElement} root @param {Map<string, string>} names @param {Highlight} highlight */
  constructor(root, names, highlight) {
    this.#root = root;
    this.#names = names;
    this.#highlight = highlight;
    this.#mark = find(root, '.mark', HTMLElement);
    this.#parts = parts(root, 'title', 'outcome', 'facts');
    highlight.addEventListener('changed', () => this.#show());
    addEventListener('keydown', ({ key }) => key === 'Escape' && highlight.clear());
    addEventListener('scroll', () => this.#show(), { capture: true, passive: true });
  }

  /** @param {JobStore} store */
  reset(store) {
    this.#store = store;
    this.#highlight.clear();
  }

  /** @param {JobStore} _store @param {Set<Row>} touched */
  update(_store, touched) {
    const { row } = this.#highlight;
    const ofWorker = [...touched].some(({ worker }) => worker === row?.worker); // its downloads are counted
    if (row && (ofWorker || row.status === 'running')) this.#show();
  }

  #show() {
    const { row, place } = this.#highlight;
    this.#root.hidden = !place;
    if (!row || !place || !this.#store) return;
    this.#say(row, this.#store);
    const { x, top, bottom } = place();
    const above = top > innerHeight / 2;
    this.#root.toggleAttribute('data-above', above);
    this.#root.style.setProperty('--x', `${x}px`);
    this.#root.style.setProperty('--y', `${above ? top : bottom}px`);
  }

  /** @param {Row} row @param {JobStore} store */
  #say(row, store) {
    const lanes = new Lanes(store);
    const look = store.lookOf(row);
    this.#mark.dataset.status = look;
    setText(this.#parts.title, text.title(row.cc, this.#names.get(row.cc)));
    setText(this.#parts.outcome, text.outcome(row, look));
    const facts = text.facts(row, look, store.job, lanes.bar(row), lanes.load(row.worker));
    this.#parts.facts.replaceChildren(...facts.flatMap(([term, value]) => [element('dt', {}, term), element('dd', {}, value)]));
  }
}
