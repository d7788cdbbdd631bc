import { jobPage } from '../lib/address.js';
import { find } from '../lib/dom.js';
import { Address } from '../parts/form/address.js';
import { JobForm } from '../parts/form/form.js';
import { previewSelection } from '../parts/form/preview.js';

const root = find(document, '[data-form]', HTMLFormElement);
const form = new JobForm(root, new Address(), ({ id }) => location.assign(jobPage(id)));
previewSelection(find(document, '[data-preview]', HTMLElement), form);
