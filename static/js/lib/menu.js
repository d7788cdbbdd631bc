import { find } from './dom.js';

/** Closes an open menu when it is left, and at Esc, which focuses its button. @param {HTMLDetailsElement} menu */
export function closeWhenLeft(menu) {
  menu.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !menu.open) return;
    event.stopPropagation(); // Esc closes the menu and does nothing else
    menu.open = false;
    find(menu, 'summary', HTMLElement).focus();
  });
  menu.addEventListener('focusout', ({ relatedTarget }) => {
    // A press on a text in the menu, or in Safari on a button, focuses what is around the menu.
    if (relatedTarget instanceof Node && !relatedTarget.contains(menu)) closeUnless(menu, relatedTarget);
  });
  document.addEventListener('pointerdown', ({ target }) => closeUnless(menu, target));
}

/** @param {HTMLDetailsElement} menu @param {EventTarget | null} target  What is focused or pressed now. */
function closeUnless(menu, target) {
  if (!(target instanceof Node && menu.contains(target))) menu.open = false;
}
