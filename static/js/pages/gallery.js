import { find } from '../lib/dom.js';
import { Gallery } from '../parts/gallery/gallery.js';

new Gallery(find(document, '[data-gallery]', HTMLElement));
