/** @import { Problem } from '../../lib/api.js' */
import { find, findAll, setText } from '../../lib/dom.js';
import * as text from '../../text/form.js';

/** Whichever part of the choice is at fault, the picker is its field. @param {string} field */
const placeOf = (field) => (field === 'select' ? 'codes' : field);

/**
 * Says a problem at its field, and goes there; one with no field of the form is said at its end.
 * @param {HTMLFormElement} form
 * @param {Problem | null} problem  null takes back what was said.
 */
export function showProblem(form, problem) {
  const places = findAll(form, '[data-problem-of]', HTMLElement);
  const at = places.find(({ dataset }) => dataset.problemOf === placeOf(problem?.field ?? '')) ?? places[places.length - 1];
  for (const place of places) say(place, place === at && problem ? text.atField(problem) : '');
  if (problem) leadTo(at);
}

/**
 * Says at its field whatever can't be taken, and goes to the first.
 * @param {HTMLFormElement} form
 * @returns {boolean} whether there was anything
 */
export function showInvalid(form) {
  const invalid = findAll(form, 'input:invalid', HTMLInputElement);
  const places = invalid.map((field) => find(field.closest('[data-field]') ?? form, '[data-problem-of]', HTMLElement));
  for (const [at, field] of invalid.entries()) say(places[at], text.bounds(field));
  if (places.length) leadTo(places[0]);
  return places.length > 0;
}

/** @param {HTMLElement} place @param {string} sentence */
function say(place, sentence) {
  setText(place, sentence);
  const field = fieldOf(place);
  if (field) field.ariaInvalid = sentence ? 'true' : null;
}

/** What was wrong with a field is no longer, once it is changed. @param {EventTarget | null} target */
export function forgetProblem(target) {
  const place = target instanceof Element && target.closest('[data-field]')?.querySelector('[data-problem-of]');
  if (place instanceof HTMLElement) say(place, '');
}

/** Opens what hides the place, and goes to its field. @param {HTMLElement} place */
function leadTo(place) {
  place.closest('details')?.setAttribute('open', '');
  fieldOf(place)?.focus();
  place.scrollIntoView({ block: 'nearest' }); // from behind the form's foot
}

/** Where a field takes its value; what is for pages without scripts can't be reached. @param {HTMLElement} place */
function fieldOf(place) {
  const inputs = findAll(place.closest('[data-field]') ?? place, 'input:not([type=range])', HTMLInputElement);
  return inputs.find((input) => !input.closest('.without-script') && (input.type !== 'radio' || input.checked));
}
