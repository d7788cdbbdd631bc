/** @import { Card, Collection } from '../../model/collection.js' */
/** @import { Trash } from './trash.js' */
import { find, findAll, setText } from '../../lib/dom.js';
import { localizeTimes } from '../../lib/localtime.js';
import { isShortcut } from '../../lib/roving.js';
import * as text from '../../text/gallery.js';

/** @typedef {{clientX: number, clientY: number}} Place */

/** @type {Record<string, number>} */
const STEPS = { ArrowLeft: -1, ArrowRight: 1 };
const SWIPE = 40; // pixels

/**
 * One flag at large, in a dialog. It is in the address (#BR): a link opens it, Back closes it.
 * Dispatches `closed`, whose `detail` is the card that was shown last.
 */
export class Viewer extends EventTarget {
  #dialog;
  #collection;
  #trash;
  #continents;
  /** @type {Card | null} */
  #card = null;
  /** Whether it was in sight when it was opened: then it keeps its place, also when its flag is deleted. */
  #hasPlace = false;

  /**
   * @param {HTMLDialogElement} dialog
   * @param {Collection} collection
   * @param {Trash} trash
   * @param {{fetch: (card: Card) => void}} deeds
   */
  constructor(dialog, collection, trash, deeds) {
    super();
    this.#dialog = dialog;
    this.#collection = collection;
    this.#trash = trash;
    this.#continents = find(document, '[name=continent]', HTMLSelectElement);
    this.#onClick('[data-previous]', () => this.#step(-1));
    this.#onClick('[data-next]', () => this.#step(1));
    this.#onClick('[data-close]', () => dialog.close());
    this.#onClick('[data-delete]', () => this.#remove());
    this.#onClick('[data-undo]', async () => this.#complain(await trash.undo()));
    this.#onClick('[data-fetch]', deeds.fetch);
    this.#listen();
    this.#follow();
    // Once it is loaded, the browser goes to what the address names, and takes the focus along.
    addEventListener('load', () => dialog.open && this.#focusFirst());
  }

  /** @param {Card} card */
  open(card) {
    history.pushState({ viewer: true }, '', `#${card.cc}`);
    this.#show(card);
  }

  /** Shows what has become of the card. */
  update() {
    if (this.#card) this.#draw(this.#card);
  }

  /** @param {string} part @param {(card: Card) => void} act */
  #onClick(part, act) {
    find(this.#dialog, part, HTMLButtonElement).addEventListener('click', () => this.#card && act(this.#card));
  }

  #listen() {
    const dialog = this.#dialog;
    dialog.addEventListener('close', () => this.#closed());
    dialog.addEventListener('click', ({ target }) => target === dialog && dialog.close()); // beside it
    dialog.addEventListener('keydown', (event) => this.#key(event));
    addEventListener('popstate', () => this.#follow());
    /** @type {Place | null} Of the only finger; copied, since not every browser leaves it as it was. */
    let from = null;
    /** @param {TouchEvent} event */
    const begin = ({ touches: [{ clientX, clientY }, ...more] }) => (from = more.length ? null : { clientX, clientY });
    dialog.addEventListener('touchstart', begin, { passive: true });
    dialog.addEventListener('touchend', ({ changedTouches: [to] }) => from && this.#swiped(from, to));
  }

  /** Does as the address says. */
  #follow() {
    const card = this.#collection.get(location.hash.slice(1).toUpperCase());
    if (card) this.#show(card);
    else this.#dialog.close();
  }

  /** @param {Card} card */
  #show(card) {
    this.#card = card;
    this.#hasPlace = this.#collection.shown.includes(card);
    this.#complain('');
    this.#draw(card);
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  /** The address no longer says that it is open; where Back would open it again, that is gone back to. */
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
    if (this.#card) this.#complain(await this.#trash.remove([this.#card.cc]));
  }

  /** @param {string} problem */
  #complain(problem) {
    setText(find(this.#dialog, '[data-problem]', HTMLElement), problem);
  }

  /** What goes up or down as well is to scroll. @param {Place} from @param {Place} to */
  #swiped(from, to) {
    const [dx, dy] = [to.clientX - from.clientX, to.clientY - from.clientY];
    if (Math.abs(dx) > SWIPE && Math.abs(dx) > 2 * Math.abs(dy)) this.#step(dx < 0 ? 1 : -1);
  }

  /** What there is to step through: the saved flags in sight, and this card where it is, or was, among them. */
  get #cards() {
    const inSight = new Set(this.#collection.shown);
    return this.#collection.order.filter((card) => (card === this.#card ? this.#hasPlace : card.flag && inSight.has(card)));
  }

  /** @param {number} by */
  #step(by) {
    const cards = this.#cards;
    const at = cards.findIndex((card) => card === this.#card);
    const next = cards[at + by];
    if (at < 0 || !next) return; // one that isn't in sight has no neighbours
    history.replaceState(history.state, '', `#${next.cc}`);
    this.#show(next);
  }

  /** @param {Card} card */
  #draw(card) {
    /** @param {string} part @param {string} content */
    const write = (part, content) => setText(find(this.#dialog, part, HTMLElement), content);
    write('[data-name]', text.name(card));
    write('[data-code]', card.cc);
    this.#fact('capital', card.capital);
    this.#fact('continent', this.#continent(card));
    this.#fact('size', card.flag ? text.size(card.flag) : '');
    this.#drawFlag(card);
    this.#drawSaved(card);
    this.#offer(card);
    const cards = this.#cards;
    const at = cards.indexOf(card);
    write('[data-position]', text.position(at + 1, cards.length));
    find(this.#dialog, '[data-position]', HTMLElement).hidden = at < 0;
    this.#enable('[data-previous]', at > 0);
    this.#enable('[data-next]', at >= 0 && at < cards.length - 1);
  }

  /** Not by `disabled`: the focus would be lost by pressing it. @param {string} part @param {boolean} enabled */
  #enable(part, enabled) {
    find(this.#dialog, part, HTMLButtonElement).ariaDisabled = String(!enabled);
  }

  /** One that isn't known is left out. @param {string} name @param {string} value */
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
    const picture = find(this.#dialog, '[data-picture]', HTMLImageElement);
    const absent = find(this.#dialog, '[data-absent]', HTMLElement);
    picture.hidden = flag === null;
    absent.hidden = flag !== null;
    const gone = this.#trash.has(cc) ? text.DELETED : text.NOT_SAVED;
    setText(absent, fetching || problem ? text.note({ fetching, problem }) : gone);
    if (flag && picture.getAttribute('src') !== flag.url) picture.src = flag.url;
  }

  /** When, and by which job. @param {Card} card */
  #drawSaved({ flag }) {
    const fact = find(this.#dialog, '[data-fact=saved]', HTMLElement);
    fact.hidden = flag === null;
    if (!flag) return;
    const time = document.createElement('time');
    time.dateTime = time.textContent = flag.saved_at;
    find(fact, '[data-when]', HTMLElement).replaceChildren(time);
    localizeTimes(fact);
    const link = find(fact, 'a', HTMLAnchorElement);
    link.hidden = flag.job === null;
    link.href = `/jobs/${flag.job}`;
    setText(link, text.job(flag.job ?? ''));
  }

  /** What can be done. @param {Card} card */
  #offer({ cc, flag, fetching }) {
    const can = { download: flag, delete: flag, undo: !flag && this.#trash.has(cc), fetch: !flag && !fetching && !this.#trash.has(cc) };
    const had = this.#dialog.contains(document.activeElement) ? document.activeElement : null;
    for (const [name, offered] of Object.entries(can)) {
      find(this.#dialog, `[data-${name}]`, HTMLElement).hidden = !offered;
    }
    const link = find(this.#dialog, '[data-download]', HTMLAnchorElement);
    if (flag) link.href = flag.url;
    link.download = `${cc.toLowerCase()}.gif`;
    if (had instanceof HTMLElement && had.hidden) this.#focusFirst();
  }

  /** What had the focus is gone: the first of what can be done takes it, or else what closes this. */
  #focusFirst() {
    const offered = findAll(this.#dialog, '.viewer-deeds > *', HTMLElement).find((deed) => !deed.hidden);
    (offered ?? find(this.#dialog, '[data-close]', HTMLElement)).focus();
  }
}
