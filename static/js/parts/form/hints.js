import { findAll } from '../../lib/dom.js';
import { recall, remember } from '../../lib/memory.js';

const KEY = 'hints';

/**
 * Shows each hint only the first time that its control has the focus; Esc hides the hint. Screen readers always have
 * it. Without scripts, it is shown each time.
 * @param {HTMLElement} root
 */
export function showHintsOnce(root) {
  const known = new Set(recall(KEY)?.split(' '));
  for (const control of findAll(root, '[data-hint]', HTMLElement)) {
    const name = control.dataset.hint ?? '';
    const learn = () => {
      control.classList.add('is-known');
      remember(KEY, [...known.add(name)].join(' '));
    };
    control.classList.toggle('is-known', known.has(name));
    control.addEventListener('keydown', ({ key }) => key === 'Escape' && learn());
    control.addEventListener('focusout', ({ relatedTarget }) => {
      if (!(relatedTarget instanceof Node && control.contains(relatedTarget))) learn();
    });
  }
}
