/** Makes each press count only once: listens on the whole page, before all other listeners. */
export function pressOnce() {
  addEventListener('keydown', heldKey, { capture: true });
  addEventListener('click', secondClick, { capture: true });
}

/**
 * Browsers repeat a held Enter many times a second: on a button, in a form's field, and on the button that replaces it.
 * @param {KeyboardEvent} event
 */
function heldKey(event) {
  if (event.key !== 'Enter' || !event.repeat) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** The second click of a double click may hit the button that has replaced the first. @param {MouseEvent} event */
function secondClick(event) {
  const button = event.target instanceof Element ? event.target.closest('button') : null;
  if (event.detail > 1 && button?.type === 'submit') event.preventDefault();
}

/**
 * Asks the server for what a button offers. The button stays disabled: what follows shows the effect. Only a refusal
 * enables it again.
 * @param {HTMLElement} button
 * @param {() => Promise<unknown>} ask
 * @param {(message: string) => void} complain  Shows a refusal; gets '' before each request.
 */
export async function askOnce(button, ask, complain) {
  if (button.ariaDisabled) return;
  button.ariaDisabled = 'true'; // `disabled` would take the focus away
  complain('');
  try {
    await ask();
  } catch (problem) {
    button.ariaDisabled = null;
    complain(/** @type {Error} */ (problem).message);
  }
}
