import { find } from '../../lib/dom.js';

/**
 * Converts between a slider's place, from 0 to 1, and its number.
 * @typedef {object} Scale
 * @property {(place: number, most: number) => number} number
 * @property {(number: number, most: number) => number} place
 */

/** Whole numbers from 1; from 1 to 10 is as far as from 10 to 100. @type {Scale} */
export const LOGARITHMIC = {
  number: (place, most) => Math.round(most ** place),
  place: (number, most) => Math.log(number || 1) / Math.log(most),
};

/** From 0, in hundredths. @type {Scale} */
export const LINEAR = {
  number: (place, most) => Math.round(place * most * 100) / 100,
  place: (number, most) => (number || 0) / most,
};

/** A number field with a slider beside it; the field holds the value. */
export class SliderField {
  #field;
  #slider;
  #scale;

  /** @param {HTMLElement} root @param {Scale} scale */
  constructor(root, scale) {
    this.#field = find(root, 'input[type=number]', HTMLInputElement);
    this.#slider = find(root, 'input[type=range]', HTMLInputElement);
    this.#scale = scale;
    this.#field.addEventListener('input', () => this.#follow());
    this.#slider.addEventListener('input', () => this.#lead());
    this.#slider.hidden = false;
    this.#follow();
  }

  /** NaN while the field is invalid. */
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

  /** Moves the slider to the field's number. */
  #follow() {
    const place = this.#scale.place(this.#field.valueAsNumber, this.#most);
    this.#slider.value = String(place * Number(this.#slider.max));
    this.#slider.ariaValueText = this.#field.value;
  }

  /** Writes the slider's number into the field. */
  #lead() {
    const place = this.#slider.valueAsNumber / Number(this.#slider.max);
    this.#field.value = String(this.#scale.number(place, this.#most));
    this.#slider.ariaValueText = this.#field.value;
  }
}
