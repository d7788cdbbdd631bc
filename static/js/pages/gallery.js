import { find } from '../dom.js';
import { Gallery } from '../gallery.js';

new Gallery(find(document, '[data-gallery]', HTMLElement));
