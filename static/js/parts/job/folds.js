import { findAll } from '../../lib/dom.js';
import { recall, remember } from '../../lib/memory.js';

/** On narrow screens, the code is below the timeline and not beside it: then it is folded up at first. */
const NARROW = matchMedia('(width < 75rem)');

/** Remembers, in this browser, which parts of the panel are folded up. @param {HTMLElement} root */
export function rememberFolds(root) {
  for (const fold of findAll(root, '[data-fold]', HTMLDetailsElement)) {
    const name = fold.dataset.fold ?? '';
    const before = recall(`fold.${name}`);
    if (before) fold.open = before === 'open';
    else if (NARROW.matches) fold.open = false;
    // Not on `toggle`: setting `open` above dispatches it, too.
    fold.addEventListener('click', ({ target }) => {
      const pressed = target instanceof Element && target.closest('summary')?.parentElement === fold;
      if (pressed) remember(`fold.${name}`, fold.open ? 'closed' : 'open');
    });
  }
}
