/** @import { JobRequest } from '../../model/request.js' */
import { findAll } from '../../lib/dom.js';
import { LINEAR, SliderField } from './slider.js';

/** How the server LAB answers: these settings are part of a request only for LAB. */
export class LabSettings {
  #root;

  /** @param {HTMLFieldSetElement} root */
  constructor(root) {
    this.#root = root;
    for (const field of findAll(root, '[data-slider]', HTMLElement)) new SliderField(field, LINEAR);
  }

  /** @param {boolean} disabled */
  disable(disabled) {
    this.#root.disabled = disabled;
  }

  /** The values of the fields that aren't empty. @returns {Pick<JobRequest, 'delay' | 'spread' | 'errors' | 'seed'>} */
  get settings() {
    const fields = findAll(this.#root, 'input[type=number]', HTMLInputElement).filter(({ value }) => value);
    return Object.fromEntries(fields.map(({ name, valueAsNumber }) => [name, valueAsNumber]));
  }
}
