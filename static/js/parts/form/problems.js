/** @import { Problem } from '../../lib/api.js' */
import { find, findAll, setText } from '../../lib/dom.js';
import * as text from '../../text/form.js';

/** Problems of `select` and of `codes` are both shown at the picker. @param {string} field */
const placeOf = (field) => (field === 'select' ? 'codes' : field);

/**
 * Shows a problem at its field and focuses the field. A problem without a field is shown at the end of the form.
 * @param {HTMLFormElement} form
 * @param {Problem | null} problem  null clears.
 */
export function showProblem(form, problem) {
  const places = findAll(form, '[data-problem-of]', HTMLElement);
  const at = places.find(({ dataset }) => dataset.problemOf === placeOf(problem?.field ?? '')) ?? places[places.length - 1];
  for (const place of places) say(place, place === at && problem ? text.atField(problem) : '');
  if (problem) focusField(at);
}

/**
 * Says what is wrong at each invalid field, and focuses the first.
 * @param {HTMLFormElement} form
 * @returns whether there was one
 */
export function showInvalid(form) {
  const invalid = findAll(form, 'input:invalid', HTMLInputElement);
  const places = invalid.map((field) => find(field.closest('[data-field]') ?? form, '[data-problem-of]', HTMLElement));
  for (const [at, field] of invalid.entries()) say(places[at], text.bounds(field));
  if (places.length) focusField(places[0]);
  return places.length > 0;
}

/** @param {HTMLElement} place @param {string} sentence */
function say(place, sentence) {
  setText(place, sentence);
  const field = fieldOf(place);
  if (field) field.ariaInvalid = sentence ? 'true' : null;
}

/** Clears the problem of a field that was changed. @param {EventTarget | null} target */
export function forgetProblem(target) {
  const place = target instanceof Element && target.closest('[data-field]')?.querySelector('[data-problem-of]');
  if (place instanceof HTMLElement) say(place, '');
}

/** Unfolds the place, and focuses its field. @param {HTMLElement} place */
function focusField(place) {
  place.closest('details')?.setAttribute('open', '');
  fieldOf(place)?.focus();
  place.scrollIntoView({ block: 'nearest' }); // the form's foot may cover it
}

/** The input of a field, except inputs for pages without scripts. @param {HTMLElement} place */
function fieldOf(place) {
  const inputs = findAll(place.closest('[data-field]') ?? place, 'input:not([type=range])', HTMLInputElement);
  return inputs.find((input) => !input.closest('.without-script') && (input.type !== 'radio' || input.checked));
}
