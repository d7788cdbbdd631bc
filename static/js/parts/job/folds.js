import { findAll } from '../../lib/dom.js';
import { recall, remember } from '../../lib/memory.js';

/** On a narrow screen, only this one is open at first. */
const FIRST = 'timeline';
const NARROW = matchMedia('(max-width: 40rem)');

/** Remembers, in this browser, which parts of the panel are folded up. @param {HTMLElement} root */
export function rememberFolds(root) {
  for (const fold of findAll(root, '[data-fold]', HTMLDetailsElement)) {
    const name = fold.dataset.fold ?? '';
    const before = recall(`fold.${name}`);
    if (before) fold.open = before === 'open';
    else if (NARROW.matches) fold.open = name === FIRST;
    // Not `toggle`: setting `open` above dispatches it, too.
    fold.addEventListener('click', ({ target }) => {
      const pressed = target instanceof Element && target.closest('summary')?.parentElement === fold;
      if (pressed) remember(`fold.${name}`, fold.open ? 'closed' : 'open');
    });
  }
}
