import { setText } from './dom.js';
import { COPIED } from './text.js';

const SHOW_COPIED = 2000;

/**
 * Lets a button copy a text, and say that it has.
 * @param {HTMLButtonElement} button
 * @param {() => string} text  Asked for when the button is pressed.
 */
export function copies(button, text) {
  const label = button.textContent ?? '';
  // Where a page isn't served from this machine or over TLS there is no clipboard.
  button.hidden = !navigator.clipboard;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(text());
    setText(button, COPIED);
    setTimeout(() => setText(button, label), SHOW_COPIED);
  });
}
