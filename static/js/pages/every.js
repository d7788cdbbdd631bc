import { Preferences } from '../lib/preferences.js';
import { find } from '../lib/dom.js';

new Preferences(find(document, '[data-preferences]', HTMLDetailsElement));
