import { find } from '../lib/dom.js';
import { Preferences } from '../lib/preferences.js';
import { pressOnce } from '../lib/presses.js';

pressOnce();
new Preferences(find(document, '[data-preferences]', HTMLDetailsElement));
