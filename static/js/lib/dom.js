/**
 * Finds an element that must exist; throws where the template lacks it.
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {abstract new (...args: any) => T} type
 * @returns {T}
 */
export function find(root, selector, type) {
  const element = root.querySelector(selector);
  if (element instanceof type) return element;
  throw new Error(`no ${type.name} matches ${selector}`);
}

/**
 * Finds elements that must exist by their `data-` attributes, named as in `dataset`.
 * @template {string} N
 * @param {ParentNode} root
 * @param {N[]} names
 */
export function parts(root, ...names) {
  /** @param {string} name */
  const attribute = (name) => `data-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const found = names.map((name) => [name, find(root, `[${attribute(name)}]`, HTMLElement)]);
  return /** @type {Record<N, HTMLElement>} */ (Object.fromEntries(found));
}

/**
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {abstract new (...args: any) => T} type
 * @returns {T[]}
 */
export function findAll(root, selector, type) {
  return [...root.querySelectorAll(selector)].filter(
    /** @returns {element is T} */ (element) => element instanceof type,
  );
}

/**
 * Makes an element with properties, `data-` attributes and children.
 * @template {keyof HTMLElementTagNameMap} N
 * @param {N} name
 * @param {Partial<Omit<HTMLElementTagNameMap[N], 'dataset'>> & {dataset?: Record<string, string>}} [properties]
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[N]}
 */
export function element(name, { dataset, ...properties } = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  Object.assign(made.dataset, dataset);
  made.append(...children);
  return made;
}

/** Whether a key belongs to an input method. In Safari, the Enter that ends a composition follows `compositionend`. @param {KeyboardEvent} event */
export const isComposing = ({ isComposing, keyCode }) => isComposing || keyCode === 229;

/** An element's top, bottom and horizontal middle in the window. @param {Element} element */
export function placeOf(element) {
  const { left, width, top, bottom } = element.getBoundingClientRect();
  return { x: left + width / 2, top, bottom };
}

/** Sets a text if it differs: setting an equal one costs a layout, too. @param {Element} element @param {string} text */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Hides an element or shows it.
 * @param {HTMLElement} element
 * @param {boolean} hidden
 * @param {() => HTMLElement} next  Returns the element that gets the focus if the hidden one had it.
 */
export function setHidden(element, hidden, next) {
  const focused = hidden && element.contains(document.activeElement);
  element.hidden = hidden;
  if (focused) next().focus({ preventScroll: true });
}

/** Puts elements at the end of their parent, in an order. Moves none if they are there. @param {Element} parent @param {Element[]} order */
export function putInOrder(parent, order) {
  const last = [...parent.children].slice(-order.length);
  if (order.some((element, at) => element !== last[at])) parent.append(...order);
}

/** Shows another symbol of the icon's sprite. @param {ParentNode} root @param {string} name */
export function setIcon(root, name) {
  const use = find(root, 'use', SVGUseElement);
  const sprite = use.href.baseVal.split('#')[0];
  if (use.href.baseVal !== `${sprite}#${name}`) use.setAttribute('href', `${sprite}#${name}`);
}

/** Makes a function that calls `draw` in the next frame, once for any number of calls. @param {() => void} draw */
export function oncePerFrame(draw) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      draw();
    });
  };
}
