/** @import { Selection } from './selection.js' */
/** @import { Job } from '../lib/types.js' */
import { Problem, postJob } from '../lib/api.js';
import { Concurrency } from './concurrency.js';
import { find, findAll, setText } from '../lib/dom.js';
import * as text from './text.js';

/** The form: says what will happen, posts it, and shows a problem at its field. */
export class JobForm {
  #form;
  #selection;
  #concurrency;
  #submit;
  #onJob;

  /**
   * @param {HTMLFormElement} form
   * @param {Selection} selection
   * @param {(job: Job) => void} onJob
   */
  constructor(form, selection, onJob) {
    this.#form = form;
    this.#selection = selection;
    this.#onJob = onJob;
    this.#submit = find(form, '[type=submit]', HTMLButtonElement);
    this.#concurrency = new Concurrency(find(form, '[data-concurrency]', HTMLElement));
    for (const source of [form, selection, this.#concurrency]) {
      for (const name of ['input', 'changed']) source.addEventListener(name, () => this.#describe());
    }
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#post();
    });
    this.#describe();
  }

  /** How many flags it would download. */
  get #flags() {
    return Math.min(this.#selection.size, this.#number('limit') ?? Infinity);
  }

  #describe() {
    const sequential = this.#value('strategy') === 'sequential';
    const connections = sequential ? 1 : this.#concurrency.value;
    this.#concurrency.disable(sequential);
    setText(find(this.#form, '[data-rounds]', HTMLElement), text.rounds(this.#flags, connections, sequential));
    setText(find(this.#form, '[data-chosen]', HTMLElement), text.chosen(this.#selection.size));
    setText(find(this.#submit, 'span', HTMLElement), text.download(this.#flags));
    this.#submit.disabled = this.#flags === 0;
    const server = this.#form.querySelector('[name=server]:checked');
    const attempts = find(this.#form, '[name=attempts]', HTMLInputElement);
    if (server instanceof HTMLElement) attempts.placeholder = server.dataset.attempts ?? '';
  }

  async #post() {
    this.#showProblem(null);
    this.#submit.disabled = true;
    try {
      this.#onJob(await postJob(this.#request()));
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      this.#showProblem(problem);
    } finally {
      this.#describe();
    }
  }

  /** What is left empty is left to the server. */
  #request() {
    const sequential = this.#value('strategy') === 'sequential';
    return {
      codes: this.#selection.codes,
      select: 'codes',
      server: this.#value('server'),
      strategy: this.#value('strategy'),
      max_req: sequential ? undefined : this.#number('max_req'),
      limit: this.#number('limit'),
      attempts: this.#number('attempts'),
    };
  }

  /** @param {string} name */
  #value(name) {
    return String(new FormData(this.#form).get(name) ?? '');
  }

  /** @param {string} name */
  #number(name) {
    const { valueAsNumber } = find(this.#form, `[name=${name}]`, HTMLInputElement);
    return Number.isNaN(valueAsNumber) ? undefined : valueAsNumber;
  }

  /** @param {Problem | null} problem */
  #showProblem(problem) {
    const field = problem?.field === 'select' ? 'codes' : (problem?.field ?? '');
    const places = findAll(this.#form, '[data-problem-of]', HTMLElement);
    const place = places.find(({ dataset }) => dataset.problemOf === field) ?? places[places.length - 1];
    for (const each of places) {
      setText(each, each === place && problem ? problem.message : '');
    }
    if (problem) this.#leadTo(place);
  }

  /** Opens what hides the place, and goes to its field. @param {HTMLElement} place */
  #leadTo(place) {
    place.closest('details')?.setAttribute('open', '');
    const fields = place.closest('[data-field]')?.querySelector('input:not([type=range]), button');
    if (fields instanceof HTMLElement) fields.focus();
  }
}
