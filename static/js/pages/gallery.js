import { find } from '../lib/dom.js';
import { Gallery } from '../gallery/gallery.js';

new Gallery(find(document, '[data-gallery]', HTMLElement));
