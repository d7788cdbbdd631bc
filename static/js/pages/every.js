import { find, findAll } from '../lib/dom.js';
import { closeWhenLeft } from '../lib/menu.js';
import { offerPreferences } from '../lib/preferences.js';
import { pressOnce } from '../lib/presses.js';
import { offerProjector } from '../lib/projector.js';

pressOnce();
for (const menu of findAll(document, '[data-menu]', HTMLDetailsElement)) closeWhenLeft(menu);
offerProjector(find(document, '[data-projector-button]', HTMLButtonElement));
const preferences = find(document, '[data-preferences]', HTMLDetailsElement);
offerPreferences(preferences, { theme: save });

/** Without the server, the theme holds for this page only. @param {string} theme */
function save(theme) {
  const { action } = find(preferences, 'form', HTMLFormElement);
  fetch(action, { method: 'POST', body: new URLSearchParams({ theme }), redirect: 'manual' }).catch(() => {});
}
