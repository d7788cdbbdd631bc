import { find } from '../lib/dom.js';

/**
 * A number field with a slider beside it. The slider is logarithmic, since
 * 1, 10 and 100 connections differ alike; the field is what counts.
 */
export class Concurrency {
  #field;
  #slider;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#field = find(root, 'input[type=number]', HTMLInputElement);
    this.#slider = find(root, 'input[type=range]', HTMLInputElement);
    this.#field.addEventListener('input', () => this.#follow());
    this.#slider.addEventListener('input', () => this.#lead());
    this.#slider.hidden = false;
    this.#follow();
  }

  /** NaN while the field holds no number that it can take. */
  get value() {
    return this.#field.validity.valid ? this.#field.valueAsNumber : NaN;
  }

  /** @param {boolean} disabled */
  disable(disabled) {
    this.#field.disabled = this.#slider.disabled = disabled;
  }

  get #most() {
    return Number(this.#field.max);
  }

  /** The slider goes where the field says. */
  #follow() {
    const share = Math.log(this.#field.valueAsNumber || 1) / Math.log(this.#most);
    this.#slider.value = String(share * Number(this.#slider.max));
    this.#slider.ariaValueText = this.#field.value;
  }

  /** The field takes what the slider says. */
  #lead() {
    const share = this.#slider.valueAsNumber / Number(this.#slider.max);
    this.#field.value = String(Math.round(this.#most ** share));
    this.#slider.ariaValueText = this.#field.value;
  }
}
