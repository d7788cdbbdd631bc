/** @import { Job } from '../../model/types.js' */
/** @import { Address } from './address.js' */
import { find } from '../../lib/dom.js';
import { Selection } from '../../model/selection.js';
import { JobForm } from './form.js';
import { Picker } from './picker.js';

/**
 * Starts the form of a page, with its picker.
 * @param {HTMLFormElement} root
 * @param {Address | null} address  null if the page's address is a job's.
 * @param {(job: Job) => void} onJob
 */
export function newForm(root, address, onJob) {
  const selection = new Selection();
  const picker = new Picker(find(root, '[data-picker]', HTMLElement), selection);
  return { selection, form: new JobForm(root, selection, picker, address, onJob) };
}
