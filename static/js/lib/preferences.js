import { find, findAll } from './dom.js';

/**
 * The menu with language and theme. Its form works without scripts; with them, a theme needs no reload.
 * @param {HTMLDetailsElement} menu
 * @param {Record<string, (value: string) => void>} act  By the button's name; for other names, the form is sent.
 */
export function offerPreferences(menu, act) {
  find(menu, 'form', HTMLFormElement).addEventListener('submit', (event) => {
    const button = event.submitter;
    if (!(button instanceof HTMLButtonElement) || !(button.name in act)) return;
    event.preventDefault();
    if (button.name === 'theme') applyTheme(button.value, menu);
    act[button.name](button.value);
  });
}

/** @param {string} theme @param {HTMLDetailsElement} menu */
function applyTheme(theme, menu) {
  const root = document.documentElement;
  if (theme === 'system') delete root.dataset.theme;
  else root.dataset.theme = theme;
  find(document, 'meta[name=color-scheme]', HTMLMetaElement).content = theme === 'system' ? 'light dark' : theme;
  for (const button of findAll(menu, '[name=theme]', HTMLButtonElement)) button.ariaPressed = String(button.value === theme);
}
