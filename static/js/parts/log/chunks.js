/**
 * A long list whose elements are built when they come into sight, a chunk at a time.
 *
 * The list may grow at its end. All elements are of one height, `--row` of the style sheet, unless
 * somebody unfolds one.
 * @template T
 */
export class ChunkedList {
  #list;
  #build;
  /** @type {Chunk<T>[]} */
  #chunks = [];
  #length = 0;
  /** @type {WeakMap<Element, Chunk<T>>} */
  #chunkOf = new WeakMap();
  #inSight;

  /**
   * @param {HTMLElement} list
   * @param {HTMLElement} scroller  What the list is scrolled in.
   * @param {(item: T) => HTMLElement} build
   */
  constructor(list, scroller, build) {
    this.#list = list;
    this.#build = build;
    this.#inSight = new IntersectionObserver((seen) => this.#seen(seen), { root: scroller, rootMargin: '400px 0px' });
  }

  get length() {
    return this.#length;
  }

  /** @param {T[]} items */
  replace(items) {
    this.#inSight.disconnect();
    this.#list.replaceChildren();
    this.#chunks = [];
    this.#length = 0;
    this.append(items);
    this.#chunks[0]?.fill(); // at once, or the list would be seen empty for a frame
  }

  /** @param {T[]} items */
  append(items) {
    let from = 0;
    while (from < items.length) {
      const chunk = this.#chunks.at(-1)?.room ? this.#chunks[this.#chunks.length - 1] : this.#newChunk();
      const part = items.slice(from, from + chunk.room);
      chunk.append(part);
      from += part.length;
    }
    this.#length += items.length;
  }

  /** The element at a place in the list, built if need be. @param {number} index */
  elementAt(index) {
    const chunk = this.#chunks[Math.floor(index / SIZE)];
    chunk.fill();
    return /** @type {HTMLElement} */ (chunk.element.children[index % SIZE]);
  }

  /** Where an element is in the list. @param {HTMLElement} element */
  indexOf(element) {
    const at = this.#chunks.findIndex((chunk) => chunk.element === element.parentElement);
    return at * SIZE + [...this.#chunks[at].element.children].indexOf(element);
  }

  #newChunk() {
    /** @type {Chunk<T>} */
    const chunk = new Chunk(this.#build);
    this.#chunks.push(chunk);
    this.#chunkOf.set(chunk.element, chunk);
    this.#list.append(chunk.element);
    this.#inSight.observe(chunk.element);
    return chunk;
  }

  /** @param {IntersectionObserverEntry[]} seen */
  #seen(seen) {
    for (const { target, isIntersecting } of seen) if (isIntersecting) this.#chunkOf.get(target)?.fill();
  }
}

const SIZE = 50;

/**
 * A part of the list, as high as what is in it even before that is built.
 * @template T
 */
class Chunk {
  element = document.createElement('div');
  #build;
  /** @type {T[]} */
  #items = [];
  #filled = false;

  /** @param {(item: T) => HTMLElement} build */
  constructor(build) {
    this.#build = build;
    this.element.className = 'chunk';
    this.element.role = 'presentation';
  }

  get room() {
    return SIZE - this.#items.length;
  }

  /** @param {T[]} items */
  append(items) {
    this.#items.push(...items);
    if (this.#filled) this.element.append(...items.map(this.#build));
    else this.element.style.setProperty('--rows', String(this.#items.length));
  }

  fill() {
    if (this.#filled) return;
    this.#filled = true;
    this.element.append(...this.#items.map(this.#build));
    this.element.style.removeProperty('--rows');
  }
}
