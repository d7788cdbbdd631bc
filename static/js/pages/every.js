import { find } from '../lib/dom.js';
import { Preferences } from '../lib/preferences.js';

new Preferences(find(document, '[data-preferences]', HTMLDetailsElement));
