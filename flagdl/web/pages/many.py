"""The pages of several jobs: the same work started in several ways, and jobs compared."""

from dataclasses import replace
from http import HTTPStatus
from string import ascii_uppercase
from typing import Any, cast

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal, gettext
from werkzeug.wrappers import Response

from flagdl.model.embedded import N_
from flagdl.model.job import Summary, WholeJob
from flagdl.model.parsing import whole_number
from flagdl.model.spec import LIMITS, JobSpec, options_of, parse_spec
from flagdl.model.variants import race, sweep
from flagdl.strategies import STRATEGIES
from flagdl.web import words
from flagdl.web.arguments import number_in_query
from flagdl.web.dashboard import dashboard
from flagdl.web.pages.form import Form, form_from_post
from flagdl.web.pages.index import start_or_explain, to_page_of
from flagdl.web.pages.tour import STEP, STEPS
from flagdl.web.problems import Problem

many = Blueprint("many", __name__)

MOST_COMPARED = 8


@many.get("/jobs/compare")
def compare() -> str:
    """Show jobs on one time axis, and what they measured: `job` names each, or `a` and `b`."""
    get = request.args.getlist
    jobs = to_compare(get("job") or [*get("a"), *get("b")])
    step = number_in_query(STEP)
    step = step if step <= len(STEPS) and len(jobs) == 2 else 0
    return render_template(
        "compare.html",
        step=step,
        guess=request.args.get("guess"),
        guesses=STEPS[step - 1].guesses if step else (),
        next_step=step + 1 if 0 < step < len(STEPS) else None,
        chain=_chain_of(jobs),
        **comparison_of(jobs),
    )


def to_compare(ids: list[str]) -> list[WholeJob]:
    """Return the jobs of these ids; raises Problem 400 where they can't be compared, and 404."""
    if not 2 <= len(set(ids)) == len(ids) <= MOST_COMPARED:
        detail = N_("Choose two to %(most)s different jobs to compare.")
        raise Problem(HTTPStatus.BAD_REQUEST, detail, "job", most=MOST_COMPARED)
    return [dashboard().registry.get(job_id) for job_id in ids]


def _chain_of(jobs: list[WholeJob]) -> list[str]:
    live = (job["id"] for job in jobs if not job["ended"])
    chains = (dashboard().registry.chain(job_id) for job_id in live)
    return max(chains, key=len, default=[])


def comparison_of(jobs: list[WholeJob]) -> dict[str, Any]:
    """Return what parts/comparison.html needs, in the reader's language."""
    common, own = words.specs(cast(list[Summary], jobs))
    return {
        "common": common,
        "own": own,
        "jobs": dict(zip(ascii_uppercase, jobs, strict=False)),
        "figures": [words.figures(job) for job in jobs],
    }


@many.post("/race")
def start_race() -> ResponseReturnValue:
    """Start the form's job with each chosen strategy, at the same time, and compare them."""
    form = form_from_post(request.form, dashboard().servers)
    # The picked strategy doesn't count: sequential would leave one connection to all.
    fields = request.form.copy()
    fields.poplist("strategy")
    spec = form_from_post(fields, dashboard().servers).spec
    names = [name for name in STRATEGIES if name in request.form.getlist("race")]
    if len(names) < 2:
        form = _with_problem(form, "race", gettext("Choose two strategies or more."))
    return start_or_explain(
        form, lambda: dashboard().registry.submit_all(race(spec, names), in_turn=False)
    )


@many.post("/sweep")
def start_sweep() -> ResponseReturnValue:
    """Start the form's job with more and more connections, one after another, and compare them."""
    form = form_from_post(request.form, dashboard().servers)
    widths = _widths(request.form.get("widths", ""))
    if not widths:
        text = gettext(
            "Two to %(most)s different numbers from 1 to %(max_req)s, with commas.",
            most=MOST_COMPARED,
            max_req=format_decimal(LIMITS["max_req"]),
        )
        form = _with_problem(form, "widths", text)
    if form.spec.strategy == "sequential":
        text = gettext("A sweep needs a strategy with several connections.")
        form = _with_problem(form, "strategy", text)
    return start_or_explain(
        form, lambda: dashboard().registry.submit_all(sweep(form.spec, widths), in_turn=True)
    )


@many.post("/jobs/<job_id>/race")
def race_again(job_id: str) -> Response:
    """Start a job again with every strategy, and compare them."""
    return _start_again(race(_spec_of(job_id), STRATEGIES), in_turn=False)


@many.post("/jobs/<job_id>/sweep")
def sweep_again(job_id: str) -> Response:
    """Start a job again with more and more connections, and compare them."""
    return _start_again(sweep(_spec_of(job_id)), in_turn=True)


@many.post("/jobs/<job_id>/cancel-chain")
def cancel_chain(job_id: str) -> Response:
    """Cancel a job with all jobs that are linked to it by waiting, and show it."""
    dashboard().registry.cancel_chain(job_id)
    return to_page_of([job_id])


def _spec_of(job_id: str) -> JobSpec:
    """Return what a job did; a sequential one gets the default strategy and its connections."""
    options = options_of(dashboard().registry.summary(job_id)["spec"])
    if options["strategy"] == "sequential":
        del options["strategy"]
    return parse_spec(options, dashboard().servers)


def _start_again(specs: list[JobSpec], *, in_turn: bool) -> Response:
    started = dashboard().posted_forms.start_once(
        lambda: dashboard().registry.submit_all(specs, in_turn=in_turn)
    )
    return to_page_of(started)


def _widths(text: str) -> list[int]:
    """Return the numbers in a text, or none if one of them can't be used."""
    numbers = [whole_number(part.strip()) or 0 for part in text.split(",")]
    fits = all(1 <= number <= LIMITS["max_req"] for number in numbers)
    return numbers if fits and 2 <= len(set(numbers)) <= MOST_COMPARED else []


def _with_problem(form: Form, field: str, text: str) -> Form:
    return replace(form, problems={**form.problems, field: text})
