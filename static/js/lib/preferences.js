import { find, findAll } from './dom.js';

/** The menu with language and theme. Its form works without scripts; with them, a theme needs no reload. */
export class Preferences {
  #themes;
  #act;

  /**
   * @param {HTMLDetailsElement} menu
   * @param {Record<string, (value: string) => void>} act  By the button's name; for other names, the form is sent.
   */
  constructor(menu, act) {
    this.#themes = findAll(menu, '[name=theme]', HTMLButtonElement);
    this.#act = act;
    find(menu, 'form', HTMLFormElement).addEventListener('submit', (event) => this.#submitted(event));
  }

  /** @param {SubmitEvent} event */
  #submitted(event) {
    const button = event.submitter;
    if (!(button instanceof HTMLButtonElement) || !(button.name in this.#act)) return;
    event.preventDefault();
    if (button.name === 'theme') this.#apply(button.value);
    this.#act[button.name](button.value);
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
