/** @import { JobStore } from '../../model/store.js' */
/** @import { Row } from '../../model/types.js' */
import { announcer } from '../../lib/announcer.js';
import { find, findAll, setHidden, setText } from '../../lib/dom.js';
import { nextIndex } from '../../lib/roving.js';
import { ChunkedList } from './chunks.js';
import { newEntry } from './entry.js';
import { LogFilter } from './filter.js';
import { country } from '../../lib/text.js';
import * as text from '../../text/log.js';

/**
 * An entry per code, in the order in which they were done. Who reads at its end sees the next ones
 * come; who reads elsewhere, or is in an entry, isn't moved.
 *
 * It is one stop of the Tab key, and arrow keys move within it.
 */
export class Log {
  #root;
  #scroller;
  #empty;
  #newest;
  #filter;
  /** Takes the focus of the button to the newest. In it and not in an entry, who reads there still sees the next ones come. */
  #listRoot;
  /** @type {ChunkedList<Row>} */
  #list;
  /** @type {JobStore | null} */
  #store = null;
  /** Brings what is unfolded of a row up to date. @type {WeakMap<Row, () => void>} */
  #refresh = new WeakMap();
  /** How many of the store's rows are in the log. */
  #taken = 0;
  /** Whether the reader is at the end. */
  #atEnd = true;
  /** Whether rows have come that are not laid out yet. */
  #grown = false;

  /**
   * @param {HTMLElement} root
   * @param {Map<string, string>} names
   */
  constructor(root, names) {
    this.#root = root;
    this.#scroller = find(root, '[data-entries]', HTMLElement);
    this.#empty = find(root, '[data-no-entry]', HTMLElement);
    this.#newest = find(root, '[data-newest]', HTMLButtonElement);
    this.#filter = new LogFilter(root, names, () => this.#refilter());
    this.#listRoot = find(root, '[data-list]', HTMLElement);
    this.#list = new ChunkedList(this.#listRoot, this.#scroller, (row) => {
      const { entry, refresh } = newEntry(row, country(names.get(row.cc)), /** @type {JobStore} */ (this.#store).job);
      this.#refresh.set(row, refresh);
      return entry;
    });
    this.#scroller.addEventListener('keydown', (event) => this.#move(event));
    this.#scroller.addEventListener('focusin', ({ target }) => this.#focused(target));
    this.#newest.addEventListener('click', () => this.#showNewest());
    this.#watchTheEnd();
  }

  /** Both of these tell after a layout: who asks where things are causes one more. */
  #watchTheEnd() {
    const inSight = new IntersectionObserver(
      (seen) => {
        const { isIntersecting, rootBounds } = seen[seen.length - 1];
        if (rootBounds?.height) this.#atEnd = isIntersecting; // folded up, it is where it was
      },
      { root: this.#scroller },
    );
    inSight.observe(find(this.#scroller, '[data-end]', HTMLElement));
    new ResizeObserver(() => this.#follow()).observe(this.#listRoot);
  }

  /** @param {JobStore} store */
  reset(store) {
    const isSnapshot = store.job.id === this.#store?.job.id; // who reads an entry stays there
    const unfolded = isSnapshot ? this.#codesOf('[aria-expanded="true"]') : [];
    const focused = isSnapshot ? this.#codesOf(':focus') : [];
    this.#store = store;
    this.#root.style.setProperty('--total', String(store.job.total));
    this.#root.style.setProperty('--digits', String(String(store.job.total).length));
    this.#rebuild(store);
    for (const cc of unfolded) this.#lineOf(cc)?.click();
    for (const cc of focused) (this.#lineOf(cc) ?? this.#listRoot).focus({ preventScroll: true });
    this.#grown = !store.ended; // who opens the page of a running job sees its newest first
  }

  /** The codes of the entries in which something is. @param {string} selector */
  #codesOf(selector) {
    return findAll(this.#listRoot, `.entry:has(${selector}) code`, HTMLElement).map(({ textContent }) => textContent);
  }

  /** @param {string} cc */
  #lineOf(cc) {
    const at = this.#wanted.findIndex((row) => row.cc === cc);
    return at < 0 ? null : lineOf(this.#list.elementAt(at));
  }

  /** What the filter leaves of the rows that have come. @returns {Row[]} */
  get #wanted() {
    return this.#store?.done.filter((row) => this.#filter.matches(row)) ?? [];
  }

  /** @param {JobStore} store @param {Set<Row>} touched */
  update(store, touched) {
    setHidden(this.#newest, store.ended || this.#atEnd, () => this.#listRoot);
    for (const row of touched) this.#refresh.get(row)?.();
    if (store.done.length === this.#taken) return;
    const come = store.done.slice(this.#taken).filter((row) => this.#filter.matches(row));
    this.#taken = store.done.length;
    this.#append(come);
    this.#filter.count(store);
    this.#sayWhyEmpty();
    this.#grown = true;
  }

  #follow() {
    const reading = this.#scroller.querySelector('.entry :focus');
    if (this.#grown && this.#atEnd && !reading) this.#showNewest();
    this.#grown = false;
  }

  #refilter() {
    if (!this.#store) return;
    this.#rebuild(this.#store);
    this.#scroller.scrollTop = 0;
    announcer.say(text.matches(this.#list.length, this.#taken));
  }

  /** @param {JobStore} store */
  #rebuild(store) {
    this.#taken = store.done.length;
    this.#list.replace(this.#wanted);
    this.#offerFirst();
    this.#filter.count(store);
    this.#sayWhyEmpty();
  }

  /** @param {Row[]} rows */
  #append(rows) {
    const wasEmpty = this.#list.length === 0;
    this.#list.append(rows);
    if (wasEmpty) this.#offerFirst();
  }

  /** The Tab key has somewhere to stop. */
  #offerFirst() {
    if (this.#list.length) lineOf(this.#list.elementAt(0)).tabIndex = 0;
  }

  #sayWhyEmpty() {
    this.#empty.hidden = this.#list.length > 0;
    setText(this.#empty, this.#filter.active && this.#taken ? text.NO_MATCH : text.NOTHING_YET);
  }

  /** @param {KeyboardEvent} event */
  #move(event) {
    const { target } = event;
    if (!(target instanceof HTMLElement) || !target.matches('.entry-line')) return;
    const at = this.#list.indexOf(/** @type {HTMLElement} */ (target.parentElement));
    const next = nextIndex(event, at, this.#list.length);
    if (next === null) return;
    event.preventDefault();
    lineOf(this.#list.elementAt(next)).focus();
  }

  /** @param {EventTarget | null} target */
  #focused(target) {
    if (!(target instanceof HTMLElement) || !target.matches('.entry-line')) return;
    this.#scroller.querySelector('.entry-line[tabindex="0"]')?.setAttribute('tabindex', '-1');
    target.tabIndex = 0;
  }

  #showNewest() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }
}

/** @param {HTMLElement} entry */
const lineOf = (entry) => find(entry, '.entry-line', HTMLButtonElement);
