import { findAll } from '../../lib/dom.js';
import { recall, remember } from '../../lib/memory.js';

const KEY = 'hints';

/**
 * Shows each hint while its control has the focus for the first time, until Esc; screen readers have it always. Without
 * scripts, it is shown each time.
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
