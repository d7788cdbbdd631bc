import { isComposing } from './dom.js';
import { isShortcut, letterOf } from './roving.js';

/** Dispatched on `window` after the mode has changed. */
export const PROJECTOR = 'projector';

/** For reading from far away: larger letters, tall timelines, only the run. The key P or a button toggles it. @param {HTMLButtonElement} button */
export function offerProjector(button) {
  const toggle = () => {
    const on = document.documentElement.toggleAttribute('data-projector');
    button.ariaPressed = String(on);
    dispatchEvent(new Event(PROJECTOR));
  };
  button.addEventListener('click', toggle);
  addEventListener('keydown', (event) => {
    const isTyped = event.target instanceof Element && event.target.closest('input:not([type=checkbox], [type=radio], [type=range]), textarea, select');
    if (letterOf(event) === 'p' && !event.repeat && !isTyped && !isShortcut(event) && !isComposing(event)) toggle();
  });
}

export const isProjected = () => document.documentElement.hasAttribute('data-projector');
