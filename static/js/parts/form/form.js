/** @import { JobRequest } from '../../model/request.js' */
/** @import { Job } from '../../model/types.js' */
/** @import { Address } from './address.js' */
import { Problem, postJob } from '../../lib/api.js';
import { find, findAll, oncePerFrame, parts, setText } from '../../lib/dom.js';
import * as text from '../../text/form.js';
import { EVERY_CODE } from '../../model/codes.js';
import { lean, query } from '../../model/request.js';
import { Selection } from '../../model/selection.js';
import { showHintsOnce } from './hints.js';
import { Picker } from './picker.js';
import { forgetProblem, showInvalid, showProblem } from './problems.js';
import { Share } from './share.js';
import { LINEAR, LOGARITHMIC, SliderField } from './slider.js';

/** The form: says what will happen, posts it, shows problems at their fields. Dispatches `described` after each change. */
export class JobForm extends EventTarget {
  selection = new Selection();
  #form;
  #parts;
  #defaults;
  #picker;
  #concurrency;
  #lab;
  #share;
  #address;
  #submit;
  #onJob;
  #posting = false;

  /**
   * @param {HTMLFormElement} form
   * @param {Address | null} address  null if the page's address is a job's.
   * @param {(job: Job) => void} onJob
   */
  constructor(form, address, onJob) {
    super();
    this.#form = form;
    this.#defaults = JSON.parse(form.dataset.defaults ?? '{}');
    this.#picker = new Picker(find(form, '[data-picker]', HTMLElement), this.selection);
    this.#address = address;
    this.#onJob = onJob;
    this.#submit = find(form, '.form-submit', HTMLButtonElement);
    this.#parts = parts(form, 'concurrency', 'shareForm', 'perConnection', 'every', 'promise');
    this.#concurrency = new SliderField(this.#parts.concurrency, LOGARITHMIC);
    this.#lab = find(form, '[data-lab]', HTMLFieldSetElement);
    for (const field of findAll(this.#lab, '[data-slider]', HTMLElement)) new SliderField(field, LINEAR);
    this.#share = new Share(this.#parts.shareForm);
    // One click may dispatch several events: of a box, and of the selection that it changes.
    const describe = oncePerFrame(() => this.#describe());
    form.addEventListener('input', describe);
    this.selection.addEventListener('changed', describe);
    this.#parts.every.addEventListener('click', () => this.selection.set(EVERY_CODE));
    showHintsOnce(form);
    form.noValidate = true; // problems are shown at the field, not in the browser's bubble
    form.addEventListener('input', ({ target }) => forgetProblem(target));
    form.addEventListener('submit', (event) => {
      const complete = this.#isComplete();
      const isRaceOrSweep = event.submitter?.hasAttribute('formaction');
      if (!isRaceOrSweep || !complete) event.preventDefault();
      if (!isRaceOrSweep && complete) this.#post();
    });
    // The browser itself posts a race or a sweep: this adds the choice that the script shows.
    form.addEventListener('formdata', ({ formData }) => {
      formData.delete('codes');
      formData.delete('select');
      for (const [name, value] of new URLSearchParams(query(this.#picker.request))) formData.append(name, value);
      // For a race, even while "sequential" disables the field. Then nobody could correct a wrong number.
      const { validity, value } = this.#input('max_req');
      if (validity.valid) formData.set('max_req', value);
    });
    for (const fold of findAll(form, 'details', HTMLDetailsElement)) {
      fold.addEventListener('toggle', () => fold.open && fold.scrollIntoView({ block: 'nearest' }));
    }
    addEventListener('pageshow', ({ persisted }) => persisted && this.#beReady()); // the reader came back
    this.#describe();
  }

  /** How many flags the form would download. */
  get flags() {
    const { validity, valueAsNumber } = this.#input('limit');
    return validity.valid && valueAsNumber ? Math.min(this.selection.size, valueAsNumber) : this.selection.size;
  }

  get #isSequential() {
    return this.#value('strategy') === 'sequential';
  }

  get #isLab() {
    return this.#value('server') === 'LAB';
  }

  #describe() {
    const sequential = this.#isSequential;
    const connections = sequential ? 1 : this.#concurrency.value;
    this.#concurrency.disable(sequential);
    this.#lab.disabled = !this.#isLab;
    setText(this.#parts.perConnection, text.perConnection(this.flags, connections));
    setText(this.#parts.promise, text.download(this.flags));
    this.#submit.ariaDisabled = String(this.#posting || this.flags === 0);
    this.#input('attempts').placeholder = this.#usualAttempts;
    const complete = this.flags && this.#form.matches(':valid');
    this.#share.update(complete ? { command: this.#request('terminal'), link: this.#request('page') } : null);
    this.#address?.showForm(() => query(this.#request('page')));
    this.dispatchEvent(new Event('described'));
  }

  /** How many times the chosen server is asked for a flag by default. */
  get #usualAttempts() {
    return find(this.#form, '[name=server]:checked', HTMLInputElement).dataset.attempts ?? '';
  }

  /** Whether the form can be posted; if not, leads to what is missing. */
  #isComplete() {
    if (this.flags === 0) this.#picker.focus();
    return this.flags > 0 && !this.#posting && !showInvalid(this.#form);
  }

  async #post() {
    const choice = this.#picker.request;
    showProblem(this.#form, null);
    this.#posting = true;
    this.#describe();
    try {
      const job = await postJob({ ...this.#request('terminal'), ...(this.#isSequential && { max_req: undefined }) });
      this.#picker.remember(choice);
      this.#onJob(job); // leaves the page; until then, the form can't be sent again
    } catch (problem) {
      this.#beReady();
      if (!(problem instanceof Problem)) throw problem;
      showProblem(this.#form, problem);
    }
  }

  #beReady() {
    this.#posting = false;
    this.#describe();
  }

  /**
   * The request, as short as possible.
   * @param {'page' | 'terminal'} reader  Whose defaults are left out: an address's, or those of commands and the API.
   * @returns {JobRequest}
   */
  #request(reader) {
    return lean(
      {
        ...this.#picker.request,
        server: this.#value('server'),
        strategy: this.#value('strategy'),
        executor: this.#value('executor') || null,
        max_req: this.#number('max_req'),
        limit: this.#number('limit'),
        attempts: this.#number('attempts'),
        ...(this.#isLab && {
          delay: this.#number('delay'), spread: this.#number('spread'), errors: this.#number('errors'), seed: this.#number('seed'),
        }),
      },
      { ...this.#defaults[reader], attempts: Number(this.#usualAttempts) },
    );
  }

  /** @param {string} name */
  #value(name) {
    return String(new FormData(this.#form).get(name) ?? '');
  }

  /** @param {string} name */
  #number(name) {
    const { valueAsNumber } = this.#input(name);
    return Number.isNaN(valueAsNumber) ? undefined : valueAsNumber;
  }

  /** @param {string} name */
  #input(name) {
    return find(this.#form, `[name=${name}]`, HTMLInputElement);
  }
}
