/** @import { Highlight } from '../../model/highlight.js' */
/** @import { JobStore } from '../../model/store.js' */
/** @import { Job, Row } from '../../model/types.js' */
import { announcer } from '../../lib/announcer.js';
import { find, findAll, parts, placeOf, setHidden, setText } from '../../lib/dom.js';
import { nextIndex } from '../../lib/roving.js';
import { country } from '../../lib/text.js';
import * as text from '../../text/log.js';
import { newEntry } from './entry.js';
import { LogFilter } from './filter.js';

/**
 * An entry per code, in the order in which the codes were done. If the reader is at the end of the list, it scrolls to
 * new entries. If the reader is elsewhere, or has the focus in an entry, the list does not scroll.
 *
 * The list is one tab stop; arrow keys move within it. Entries out of sight cost no layout: see log.css.
 */
export class Log {
  #root;
  #names;
  #highlight;
  #parts;
  #filter;
  /** @type {JobStore | null} */
  #store = null;
  /** @type {WeakMap<Row, ReturnType<typeof newEntry>>} */
  #entries = new WeakMap();
  /** How many of the store's done rows were taken over, shown or not. */
  #taken = 0;
  #atEnd = true;
  /** The line that the Tab key stops at. @type {HTMLElement | null} */
  #stop = null;
  /** Whether there are entries that were not laid out yet. */
  #grown = false;

  /** @param {HTMLElement} root @param {Map<string, string>} names @param {Highlight} highlight */
  constructor(root, names, highlight) {
    this.#root = root;
    this.#names = names;
    this.#highlight = highlight;
    this.#parts = parts(root, 'entries', 'list', 'end', 'noEntry', 'newest');
    this.#filter = new LogFilter(root, names, () => this.#refilter());
    const { entries, newest } = this.#parts;
    entries.addEventListener('keydown', (event) => this.#move(event));
    entries.addEventListener('focusin', ({ target }) => this.#focused(target));
    for (const type of ['pointerover', 'focusin']) entries.addEventListener(type, ({ target }) => this.#pointed(target));
    for (const type of ['pointerleave', 'focusout']) entries.addEventListener(type, () => highlight.clear());
    highlight.watch((cc) => this.#mark(cc));
    newest.addEventListener('click', () => this.#showNewest());
    this.#watchTheEnd();
  }

  /** Both observers report after a layout; measuring here would force another one. */
  #watchTheEnd() {
    const { entries, list, end } = this.#parts;
    const inSight = new IntersectionObserver(
      (seen) => {
        const { isIntersecting, rootBounds } = seen[seen.length - 1];
        if (rootBounds?.height) this.#atEnd = isIntersecting; // a folded log keeps its position
      },
      { root: entries },
    );
    inSight.observe(end);
    new ResizeObserver(() => this.#follow()).observe(list);
  }

  /** @param {JobStore} store */
  reset(store) {
    // After a snapshot and in a replay, the reader stays where they are.
    const unfolded = this.#codesOf('[aria-expanded="true"]');
    const focused = this.#codesOf(':focus');
    // The log of a job that has ended opens at its failures.
    if (!this.#store && store.ended && store.job.counts.error) this.#filter.choose('error');
    this.#store = store;
    this.#root.style.setProperty('--total', String(store.job.total));
    this.#show(store);
    for (const cc of unfolded) this.#lineOf(cc)?.click();
    for (const cc of focused) (this.#lineOf(cc) ?? this.#parts.list).focus({ preventScroll: true });
    this.#grown = !store.ended; // a running job opens at its newest entry
  }

  /** The codes of the entries that contain a match of the selector. @param {string} selector */
  #codesOf(selector) {
    return findAll(this.#parts.list, `.entry:has(${selector}) code`, HTMLElement).map(({ textContent }) => textContent);
  }

  /** @param {string} cc */
  #lineOf(cc) {
    return this.#lines.find((line) => find(line, 'code', HTMLElement).textContent === cc);
  }

  get #lines() {
    return findAll(this.#parts.list, '.entry-line', HTMLElement);
  }

  /** @param {JobStore} store @param {Set<Row>} touched */
  update(store, touched) {
    // The focus goes to the list and not to an entry: then the list still scrolls to new entries.
    setHidden(this.#parts.newest, store.ended || this.#atEnd, () => this.#parts.list);
    for (const row of touched) this.#entries.get(row)?.refresh();
    if (store.done.length === this.#taken) return;
    this.#add(store);
    this.#grown = true;
  }

  /** @param {JobStore} store */
  #show(store) {
    this.#parts.list.replaceChildren();
    this.#taken = 0;
    this.#add(store);
  }

  /** Adds an entry for each newly done row that matches the filter. @param {JobStore} store */
  #add(store) {
    const { list, noEntry } = this.#parts;
    const rows = store.done.slice(this.#taken).filter((row) => this.#filter.matches(row));
    list.append(...rows.map((row) => this.#entryOf(row, store.job)));
    this.#taken = store.done.length;
    if (!this.#stop?.isConnected) this.#stopAt(this.#lines[0]);
    this.#filter.count(store);
    noEntry.hidden = list.childElementCount > 0;
    setText(noEntry, this.#filter.active && this.#taken ? text.NO_MATCH : text.NOTHING_YET);
  }

  /** @param {Row} row @param {Job} job */
  #entryOf(row, job) {
    const made = this.#entries.get(row) ?? newEntry(row, country(this.#names.get(row.cc)), job);
    this.#entries.set(row, made);
    return made.entry;
  }

  #follow() {
    const reading = this.#parts.list.querySelector('.entry :focus');
    if (this.#grown && this.#atEnd && !reading) this.#showNewest();
    this.#grown = false;
  }

  #refilter() {
    if (!this.#store) return;
    this.#show(this.#store);
    this.#parts.entries.scrollTop = 0;
    announcer.say(text.matches(this.#parts.list.childElementCount, this.#taken));
  }

  /** @param {KeyboardEvent} event */
  #move(event) {
    const lines = this.#lines;
    const at = lines.findIndex((line) => line === event.target);
    const next = at < 0 ? null : nextIndex(event, at, lines.length);
    if (next === null) return;
    event.preventDefault();
    lines[next].focus();
  }

  /** @param {EventTarget | null} target */
  #focused(target) {
    if (target instanceof HTMLElement && target.matches('.entry-line')) this.#stopAt(target);
  }

  /** @param {EventTarget | null} target */
  #pointed(target) {
    const line = target instanceof Element ? target.closest('.entry')?.firstElementChild : null;
    const cc = line?.querySelector('code')?.textContent;
    const row = this.#store?.job.items.find((row) => row.cc === cc);
    if (!line || !row) return;
    this.#highlight.set(row, () => placeOf(line));
  }

  /** @param {string} cc */
  #mark(cc) {
    this.#parts.list.querySelector('[data-highlighted]')?.removeAttribute('data-highlighted');
    if (cc) this.#lineOf(cc)?.setAttribute('data-highlighted', '');
  }

  /** @param {HTMLElement | undefined} line  None where the list is empty. */
  #stopAt(line) {
    if (!line) return;
    if (this.#stop) this.#stop.tabIndex = -1;
    this.#stop = line;
    line.tabIndex = 0;
  }

  #showNewest() {
    this.#parts.entries.scrollTop = this.#parts.entries.scrollHeight;
  }
}
