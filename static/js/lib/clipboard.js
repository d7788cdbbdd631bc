import { announcer } from './announcer.js';
import { element } from './dom.js';
import { COPIED, NOT_COPIED } from './text.js';

const SHOW_COPIED = 2000;

/**
 * Copies a text. The button, whose class is `copier`, and the live region confirm it.
 * @param {HTMLElement} button
 * @param {string} text
 * @returns {Promise<boolean>} false without a clipboard, for example over plain HTTP from another machine
 */
export async function copy(button, text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    return false;
  }
  announcer.say(COPIED);
  button.dataset.copied = '';
  setTimeout(() => delete button.dataset.copied, SHOW_COPIED);
  return true;
}

/**
 * Makes a button with a plain label copy a text; hides the button if there is no clipboard.
 * @param {HTMLElement} button
 * @param {() => string} text
 */
export function copies(button, text) {
  button.hidden = !navigator.clipboard;
  button.classList.add('copier');
  button.replaceChildren(
    element('span', { className: 'copier-todo' }, button.textContent ?? ''),
    element('span', { className: 'copier-done' }, COPIED),
  );
  button.addEventListener('click', async () => (await copy(button, text())) || announcer.say(NOT_COPIED));
}
