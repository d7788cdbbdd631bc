/** @import { JobStore } from '../../model/store.js' */
/** @import { Row } from '../../model/types.js' */
import { flagUrl } from '../../lib/api.js';
import { find, parts, setText } from '../../lib/dom.js';
import { country } from '../../lib/text.js';
import { outcome } from '../../text/job.js';

/** A flag is shown at least so long (ms), to be readable. */
const READING_TIME = 600;

/** One flag at large: the one that the reader points at in the mosaic, else the one that was completed last. */
export class Inspector {
  #names;
  #tile;
  #flag;
  #parts;
  /** @type {JobStore | null} */
  #store = null;
  /** @type {Row | null} */
  #pointedAt = null;
  /** @type {Row | null} */
  #shown = null;
  #shownAt = 0;

  /** @param {HTMLElement} root @param {Map<string, string>} names */
  constructor(root, names) {
    this.#names = names;
    this.#tile = find(root, '.tile', HTMLElement);
    this.#flag = find(root, 'img', HTMLImageElement);
    this.#parts = parts(root, 'inTile', 'code', 'name', 'outcome');
    this.#flag.addEventListener('load', () => this.#uncover(true));
  }

  /** @param {JobStore} store */
  reset(store) {
    this.#store = store;
    this.#pointedAt = null;
    this.#show(store, latest(store));
  }

  /** @param {JobStore} store @param {Set<Row>} touched */
  update(store, touched) {
    const rested = performance.now() - this.#shownAt > READING_TIME;
    const next = this.#pointedAt ?? (rested || store.ended ? latest(store) : this.#shown);
    if (next && (next !== this.#shown || touched.has(next))) this.#show(store, next);
  }

  /** @param {Row | null} row  null when the pointer has left. */
  point(row) {
    this.#pointedAt = row;
    if (this.#store) this.#show(this.#store, row ?? latest(this.#store));
  }

  /** @param {JobStore} store @param {Row} row */
  #show(store, row) {
    const look = store.lookOf(row);
    this.#shown = row;
    this.#shownAt = performance.now();
    this.#tile.dataset.status = look;
    setText(this.#parts.code, row.cc);
    setText(this.#parts.inTile, row.cc);
    setText(this.#parts.name, country(this.#names.get(row.cc)));
    setText(this.#parts.outcome, outcome(row, look, store.job.spec.strategy));
    this.#showFlag(look === 'ok' ? flagUrl(row.cc, store.job.created_at) : '');
  }

  /** Hides the image until the new one is loaded: else the previous flag would show under this name. @param {string} url */
  #showFlag(url) {
    if (this.#flag.getAttribute('src') === url) return;
    this.#uncover(false);
    if (url) this.#flag.src = url;
    else this.#flag.removeAttribute('src');
  }

  /** Shows the flag, or its code while there is no flag. @param {boolean} loaded */
  #uncover(loaded) {
    this.#flag.hidden = !loaded;
    this.#parts.inTile.hidden = loaded;
  }
}

/** The row that was done last, else the first row. @param {JobStore} store */
const latest = ({ job }) => job.items.reduce((last, row) => ((row.finished ?? -1) > (last.finished ?? -1) ? row : last));
