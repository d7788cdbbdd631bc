/** One press is one press: listens on the whole page, before anything else does. */
export function pressOnce() {
  addEventListener('keydown', heldKey, { capture: true });
  addEventListener('click', secondClick, { capture: true });
}

/**
 * Browsers repeat a held Enter many times a second: on a button, in a field of a form, and on what takes the button's place.
 * @param {KeyboardEvent} event
 */
function heldKey(event) {
  if (event.key !== 'Enter' || !event.repeat) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** The second click of a double click may hit what has taken the button's place. @param {MouseEvent} event */
function secondClick(event) {
  const button = event.target instanceof Element ? event.target.closest('button') : null;
  if (event.detail > 1 && button?.type === 'submit') event.preventDefault();
}
