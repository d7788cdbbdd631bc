import { find, findAll } from '../lib/dom.js';
import { closeWhenLeft } from '../lib/menu.js';
import { Preferences } from '../lib/preferences.js';
import { pressOnce } from '../lib/presses.js';
import { offerProjector } from '../lib/projector.js';

pressOnce();
for (const menu of findAll(document, '[data-menu]', HTMLDetailsElement)) closeWhenLeft(menu);
new Preferences(find(document, '[data-preferences]', HTMLDetailsElement));
offerProjector(find(document, '[data-projector-button]', HTMLButtonElement));
