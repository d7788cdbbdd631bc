import { find, findAll } from './dom.js';

/** The menu with language and theme. Its form works without scripts; with them, a theme needs no reload. */
export class Preferences {
  #menu;
  #themes;

  /** @param {HTMLDetailsElement} menu */
  constructor(menu) {
    this.#menu = menu;
    this.#themes = findAll(menu, '[name=theme]', HTMLButtonElement);
    find(menu, 'form', HTMLFormElement).addEventListener('submit', (event) => this.#submitted(event));
  }

  /** @param {SubmitEvent} event */
  #submitted(event) {
    const button = event.submitter;
    if (!(button instanceof HTMLButtonElement) || button.name !== 'theme') return;
    event.preventDefault();
    this.#apply(button.value);
    const form = find(this.#menu, 'form', HTMLFormElement);
    fetch(form.action, { method: 'POST', body: new URLSearchParams({ theme: button.value }), redirect: 'manual' }).catch(
      () => {}, // without the server, the theme holds for this page only
    );
  }

  /** @param {string} theme */
  #apply(theme) {
    const root = document.documentElement;
    if (theme === 'system') delete root.dataset.theme;
    else root.dataset.theme = theme;
    find(document, 'meta[name=color-scheme]', HTMLMetaElement).content = theme === 'system' ? 'light dark' : theme;
    for (const button of this.#themes) button.ariaPressed = String(button.value === theme);
  }
}
