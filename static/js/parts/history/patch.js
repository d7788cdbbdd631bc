/**
 * Applies the difference between two answers of the server to what is shown. Changes by scripts or the reader, and the
 * focus, stay. The children of an element with `data-keyed` are matched by id, others by order.
 *
 * @param {Node} shown
 * @param {Node} before  The server's markup that `shown` came from.
 * @param {Node} after
 */
export function patch(shown, before, after) {
  if (before.isEqualNode(after)) return;
  if (shown instanceof Element && before instanceof Element && after instanceof Element) {
    patchAttributes(shown, before, after);
    if (after.hasAttribute('data-keyed')) patchKeyed(shown, before, after);
    else patchChildren(shown, before, after);
  } else shown.nodeValue = after.nodeValue;
}

/** @param {Element} shown @param {Element} before @param {Element} after */
function patchAttributes(shown, before, after) {
  for (const { name } of before.attributes) if (!after.hasAttribute(name)) shown.removeAttribute(name);
  for (const { name, value } of after.attributes) {
    if (before.getAttribute(name) !== value) shown.setAttribute(name, value);
  }
}

/** @param {Element} shown @param {Element} before @param {Element} after */
function patchChildren(shown, before, after) {
  const nodes = [...shown.childNodes];
  if (sameShape(nodes, before.childNodes) && sameShape(nodes, after.childNodes)) {
    nodes.forEach((node, at) => patch(node, before.childNodes[at], after.childNodes[at]));
  } else shown.replaceChildren(...[...after.childNodes].map((node) => copy(node)));
}

/** @param {Element} shown @param {Element} before @param {Element} after */
function patchKeyed(shown, before, after) {
  const had = byId(before);
  const wanted = byId(after);
  for (const [id, element] of byId(shown)) if (!wanted.has(id)) element.remove();
  const kept = byId(shown);
  let next = shown.firstElementChild;
  for (const [id, after] of wanted) {
    const element = kept.get(id) ?? copy(after);
    patch(element, had.get(id) ?? after, after);
    if (element === next) next = next.nextElementSibling;
    else shown.insertBefore(element, next);
  }
}

/** @param {Node[]} nodes @param {NodeListOf<Node>} others */
const sameShape = (nodes, others) =>
  nodes.length === others.length && nodes.every((node, at) => node.nodeName === others[at].nodeName);

/** @param {Element} parent */
const byId = (parent) => new Map([...parent.children].map((child) => [child.id, child]));

/** A copy of a node from another document. @template {Node} T @param {T} node */
const copy = (node) => document.importNode(node, true);
