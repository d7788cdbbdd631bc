/** @import { Card, Collection } from '../../model/collection.js' */
/** @import { Trash } from './trash.js' */
import { jobPage } from '../../lib/address.js';
import { element, find, findAll, parts, setText } from '../../lib/dom.js';
import { localizeTimes } from '../../lib/localtime.js';
import { isShortcut } from '../../lib/roving.js';
import * as text from '../../text/gallery.js';

/** @type {Record<string, number>} */
const STEPS = { ArrowLeft: -1, ArrowRight: 1 };
const SWIPE = 40; // pixels

/**
 * One large flag, in a dialog. The address names the flag (#BR): a link opens the dialog, Back closes it.
 * Dispatches `closed`, whose `detail` is the card that was shown last.
 */
export class Viewer extends EventTarget {
  #dialog;
  #parts;
  #download;
  #picture;
  #collection;
  #trash;
  #continents;
  /** @type {Card | null} */
  #card = null;
  /** Whether the card was in sight when it was opened. Then it keeps its place, even when its flag is deleted. */
  #hasPlace = false;

  /**
   * @param {HTMLDialogElement} dialog
   * @param {Collection} collection
   * @param {Trash} trash
   * @param {{fetch: (card: Card) => void}} actions
   */
  constructor(dialog, collection, trash, actions) {
    super();
    this.#dialog = dialog;
    this.#collection = collection;
    this.#trash = trash;
    this.#continents = find(document, '[name=continent]', HTMLSelectElement);
    this.#parts = parts(
      dialog, 'name', 'code', 'position', 'previous', 'next', 'close', 'absent', 'when', 'problem', 'delete', 'undo', 'fetch',
    );
    this.#download = find(dialog, '[data-download]', HTMLAnchorElement);
    this.#picture = find(dialog, '[data-picture]', HTMLImageElement);
    const { previous, next, close, undo, fetch } = this.#parts;
    previous.addEventListener('click', () => this.#step(-1));
    next.addEventListener('click', () => this.#step(1));
    close.addEventListener('click', () => dialog.close());
    this.#parts.delete.addEventListener('click', () => this.#remove());
    undo.addEventListener('click', async () => setText(this.#parts.problem, await trash.undo()));
    fetch.addEventListener('click', () => this.#card && actions.fetch(this.#card));
    this.#listen();
    this.#follow();
    // After loading, the browser scrolls to the element that the address names, and moves the focus there.
    addEventListener('load', () => dialog.open && this.#focusFirst());
  }

  /** @param {Card} card */
  open(card) {
    history.pushState({ viewer: true }, '', `#${card.cc}`);
    this.#show(card);
  }

  update() {
    if (this.#card) this.#draw(this.#card);
  }

  #listen() {
    const dialog = this.#dialog;
    dialog.addEventListener('close', () => this.#closed());
    dialog.addEventListener('click', ({ target }) => target === dialog && dialog.close()); // a click beside the dialog
    dialog.addEventListener('keydown', (event) => this.#key(event));
    addEventListener('popstate', () => this.#follow());
    /** Where the touch began; null with several fingers. @type {[number, number] | null} */
    let from = null;
    /** @param {TouchEvent} event */
    const begin = ({ touches: [{ clientX, clientY }, ...more] }) => (from = more.length ? null : [clientX, clientY]);
    dialog.addEventListener('touchstart', begin, { passive: true });
    dialog.addEventListener('touchend', ({ changedTouches: [{ clientX, clientY }] }) => {
      const isMagnified = (visualViewport?.scale ?? 1) > 1; // then a finger moves the picture
      if (from && !isMagnified) this.#swiped(clientX - from[0], clientY - from[1]);
    });
  }

  /** Opens the card that the address names, or closes the dialog. */
  #follow() {
    const card = this.#collection.get(location.hash.slice(1).toUpperCase());
    if (card) this.#show(card);
    else this.#dialog.close();
  }

  /** @param {Card} card */
  #show(card) {
    this.#card = card;
    this.#hasPlace = this.#collection.shown.includes(card);
    setText(this.#parts.problem, '');
    this.#draw(card);
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  /** Removes the card from the address. If opening it added an entry to the browser's history, goes back. */
  #closed() {
    const card = this.#card;
    this.#card = null;
    if (history.state?.viewer) history.back();
    else if (location.hash) history.replaceState(null, '', location.pathname + location.search);
    this.dispatchEvent(new CustomEvent('closed', { detail: card }));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (isShortcut(event)) return;
    if (event.key in STEPS) this.#step(STEPS[event.key]);
    else if (event.key === 'Delete' && !event.repeat && this.#card?.flag) this.#remove();
    else return;
    event.preventDefault();
  }

  async #remove() {
    if (this.#card) setText(this.#parts.problem, await this.#trash.remove([this.#card.cc]));
    this.update(); // the feed may have drawn the missing flag before #trash had its code
  }

  /** A finger that also moves up or down scrolls. @param {number} dx @param {number} dy */
  #swiped(dx, dy) {
    if (Math.abs(dx) > SWIPE && Math.abs(dx) > 2 * Math.abs(dy)) this.#step(dx < 0 ? 1 : -1);
  }

  /** What to step through: the saved flags in sight, and this card if it is or was one of them. */
  get #cards() {
    const inSight = new Set(this.#collection.shown);
    return this.#collection.order.filter((card) => (card === this.#card ? this.#hasPlace : card.flag && inSight.has(card)));
  }

  /** @param {number} by */
  #step(by) {
    const cards = this.#cards;
    const at = cards.findIndex((card) => card === this.#card);
    const next = cards[at + by];
    if (at < 0 || !next) return; // a card out of sight has no neighbours
    history.replaceState(history.state, '', `#${next.cc}`);
    this.#show(next);
  }

  /** @param {Card} card */
  #draw(card) {
    const { name, code, position, previous, next } = this.#parts;
    setText(name, text.name(card));
    setText(code, card.cc);
    this.#fact('capital', card.capital);
    this.#fact('continent', this.#continent(card));
    this.#fact('size', card.flag ? text.size(card.flag) : '');
    this.#drawFlag(card);
    this.#drawSaved(card);
    this.#offer(card);
    const cards = this.#cards;
    const at = cards.indexOf(card);
    setText(position, text.position(at + 1, cards.length));
    position.hidden = at < 0;
    // The attribute `disabled` would take the focus away.
    previous.ariaDisabled = String(at <= 0);
    next.ariaDisabled = String(at < 0 || at === cards.length - 1);
  }

  /** An unknown fact is left out. @param {string} name @param {string} value */
  #fact(name, value) {
    const fact = find(this.#dialog, `[data-fact=${name}]`, HTMLElement);
    fact.hidden = value === '';
    setText(find(fact, 'dd', HTMLElement), value);
  }

  /** @param {Card} card */
  #continent({ continent }) {
    return [...this.#continents.options].find(({ value }) => value === continent && value)?.text ?? '';
  }

  /** @param {Card} card */
  #drawFlag({ cc, flag, fetching, problem }) {
    this.#picture.hidden = flag === null;
    this.#parts.absent.hidden = flag !== null;
    const gone = this.#trash.has(cc) ? text.DELETED : text.NOT_SAVED;
    setText(this.#parts.absent, fetching || problem ? text.note({ fetching, problem }) : gone);
    if (flag && this.#picture.getAttribute('src') !== flag.url) this.#picture.src = flag.url;
  }

  /** When the flag was saved, and by which job. @param {Card} card */
  #drawSaved({ flag }) {
    const fact = find(this.#dialog, '[data-fact=saved]', HTMLElement);
    fact.hidden = flag === null;
    if (!flag) return;
    this.#parts.when.replaceChildren(element('time', { dateTime: flag.saved_at }, flag.saved_at));
    localizeTimes(fact);
    const link = find(fact, 'a', HTMLAnchorElement);
    link.hidden = flag.job === null;
    link.href = jobPage(flag.job ?? '');
    setText(link, text.job(flag.job ?? ''));
  }

  /** Shows the actions that are possible. @param {Card} card */
  #offer({ cc, flag, fetching }) {
    const had = this.#dialog.contains(document.activeElement) ? document.activeElement : null;
    const deleted = this.#trash.has(cc);
    this.#download.hidden = this.#parts.delete.hidden = !flag;
    this.#parts.undo.hidden = Boolean(flag) || !deleted;
    this.#parts.fetch.hidden = Boolean(flag) || fetching || deleted;
    if (flag) this.#download.href = flag.url;
    this.#download.download = `${cc.toLowerCase()}.gif`;
    if (had instanceof HTMLElement && had.hidden) this.#focusFirst();
  }

  /** The focused button is gone: focuses the first action that is offered, or the button that closes. */
  #focusFirst() {
    const offered = findAll(this.#dialog, '.viewer-actions > *', HTMLElement).find((action) => !action.hidden);
    (offered ?? this.#parts.close).focus();
  }
}
