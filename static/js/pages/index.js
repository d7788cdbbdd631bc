import { jobPage } from '../lib/address.js';
import { find } from '../lib/dom.js';
import { Address } from '../parts/form/address.js';
import { newForm } from '../parts/form/newform.js';
import { previewSelection } from '../parts/form/preview.js';

const root = find(document, '[data-form]', HTMLFormElement);
const { selection, form } = newForm(root, new Address(), ({ id }) => location.assign(jobPage(id)));
previewSelection(find(document, '[data-preview]', HTMLElement), selection, form);
