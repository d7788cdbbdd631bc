import { findAll } from '../../lib/dom.js';
import { recall, remember } from '../../lib/memory.js';

/** Where there is little room, only this one is open until somebody opens another. */
const FIRST = 'timeline';
const NARROW = matchMedia('(max-width: 40rem)');

/**
 * The parts of the panel that can be folded up: this browser remembers which are.
 * @param {HTMLElement} root
 */
export function rememberFolds(root) {
  for (const fold of findAll(root, '[data-fold]', HTMLDetailsElement)) {
    const name = fold.dataset.fold ?? '';
    const before = recall(`fold.${name}`);
    if (before) fold.open = before === 'open';
    else if (NARROW.matches) fold.open = name === FIRST;
    // Not `toggle`, which tells of what was done just now, too.
    fold.addEventListener('click', ({ target }) => {
      const pressed = target instanceof Element && target.closest('summary')?.parentElement === fold;
      if (pressed) remember(`fold.${name}`, fold.open ? 'closed' : 'open');
    });
  }
}
