"""The JSON calls about jobs, and what a job can be made of."""

import json
from http import HTTPStatus
from typing import Any, TypedDict

from flask import Blueprint, Response, jsonify, request, url_for

from flagdl.history.history import NEWEST
from flagdl.model.embedded import N_
from flagdl.model.events import Event
from flagdl.model.job import Summary, WholeJob
from flagdl.model.reading import SpecError
from flagdl.model.spec import parse_spec
from flagdl.web import choices
from flagdl.web.api.calls import Answer, Parameter, call
from flagdl.web.api.document import document
from flagdl.web.api.options import OPTIONS
from flagdl.web.arguments import number_in_query, refuse_repeated, whole
from flagdl.web.dashboard import dashboard
from flagdl.web.problems import Problem

api = Blueprint("api", __name__, url_prefix="/api")

PAGE, MAX_PAGE = 20, 100
LIMIT = Parameter(
    "limit", f"How many jobs; more than {MAX_PAGE} count as {MAX_PAGE}.", whole(1, default=PAGE)
)
BEFORE = Parameter("before", "Only jobs with a number below this one.", whole())
SINCE = Parameter("since", "Only events after this one.", whole(default=0))
NUMBER = {"type": "string", "pattern": "^[1-9][0-9]{0,17}$"}
JOB = Parameter("job_id", "A job's number.", NUMBER, "1", place="path", required=True)
NO_JOB = {404: "There is no such job."}
UNREADABLE = "The history can't read the job."
TOO_MANY = "Too many jobs wait: try again later."
A_JOB = Answer("The job.", WholeJob)
NEW_JOB = Answer("The new job.", WholeJob, headers={"Location": "The address of the new job."})


class JobList(TypedDict):
    """A part of the history, newest first."""

    jobs: list[Summary]


class Log(TypedDict):
    """Events of a job, in their order."""

    events: list[Event]


@api.post("/jobs")
@call(
    body=OPTIONS,
    answers={
        201: NEW_JOB,
        400: "The body is not a JSON object, or an option can't be used: `field` names it.",
        413: "The body is too long.",
        415: "The body is not called JSON.",
        503: TOO_MANY,
    },
)
def create_job() -> Response:
    """Start a job."""
    options = _json_object()
    after = options.pop("after", None)
    if after is not None and not isinstance(after, str):
        raise SpecError("after", "must be the id of a job, as a text")
    spec = parse_spec(options, dashboard().servers)
    return created(dashboard().registry.submit(spec, after=after))


@api.get("/jobs")
@call(LIMIT, BEFORE, answers={200: Answer("The jobs.", JobList)})
def list_jobs() -> Response:
    """List jobs, newest first."""
    limit = min(number_in_query(LIMIT), MAX_PAGE)
    before = number_in_query(BEFORE, NEWEST)
    return jsonify(JobList(jobs=dashboard().registry.recent(limit, before)))


@api.get("/jobs/<job_id>")
@call(JOB, answers={200: A_JOB, **NO_JOB})
def get_job(job_id: str) -> Response:
    """Return one job."""
    return jsonify(dashboard().registry.get(job_id))


@api.get("/jobs/<job_id>/events")
@call(JOB, SINCE, answers={200: Answer("The events.", Log), **NO_JOB, 409: UNREADABLE})
def get_events(job_id: str) -> Response:
    """Return a job's log.

    `seq` rises by one. A gap means that a killed dashboard lost events: get the job again.
    """
    events = dashboard().registry.events(job_id, number_in_query(SINCE))
    return jsonify(events=[event.to_dict() for event in events])


@api.post("/jobs/<job_id>/cancel")
@call(JOB, answers={202: A_JOB, **NO_JOB})
def cancel_job(job_id: str) -> tuple[Response, int]:
    """Ask a job to end; one that has ended stays as it is."""
    return jsonify(dashboard().registry.cancel(job_id)), HTTPStatus.ACCEPTED


@api.post("/jobs/<job_id>/cancel-chain")
@call(JOB, answers={202: A_JOB, **NO_JOB})
def cancel_chain(job_id: str) -> tuple[Response, int]:
    """Ask a job to end, with all jobs that are linked to it by waiting."""
    return jsonify(dashboard().registry.cancel_chain(job_id)), HTTPStatus.ACCEPTED


@api.post("/jobs/<job_id>/retry")
@call(
    JOB,
    answers={
        201: NEW_JOB,
        400: "The job's server is no longer there.",
        **NO_JOB,
        409: "The job has not ended, nothing failed, or the history can't read it.",
        503: TOO_MANY,
    },
)
def retry_job(job_id: str) -> Response:
    """Start a job for what failed in another; on LAB, it uses the next seed."""
    return created(dashboard().registry.retry(job_id))


@api.delete("/jobs/<job_id>")
@call(
    JOB,
    answers={204: Answer("It is deleted.", media_type=""), **NO_JOB, 409: "The job has not ended."},
)
def delete_job(job_id: str) -> tuple[str, int]:
    """Delete a job that has ended."""
    dashboard().registry.delete(job_id)
    return "", HTTPStatus.NO_CONTENT


@api.get("/countries")
@call(answers={200: Answer("The countries.", choices.Countries)})
def list_countries() -> Response:
    """List the countries to choose from; their names are in the reader's language."""
    return jsonify(choices.Countries(countries=choices.country_rows(), pop20=choices.POP20))


@api.get("/servers")
@call(answers={200: Answer("The servers.", choices.ServerList)})
def list_servers() -> Response:
    """List the servers to choose from, and the settings of LAB."""
    rows = choices.server_rows(dashboard().servers)
    return jsonify(choices.ServerList(servers=rows, default=choices.DEFAULTS["server"]))


@api.get("/strategies")
@call(answers={200: Answer("The strategies.", choices.Strategies)})
def list_strategies() -> Response:
    """List the strategies to choose from, with their source code."""
    rows = choices.strategy_rows()
    return jsonify(choices.Strategies(strategies=rows, default=choices.DEFAULTS["strategy"]))


@api.get("/openapi.json")
@call(answers={200: Answer("This description.", dict[str, Any])})
def describe() -> Response:
    """Describe the API (OpenAPI 3.1)."""
    return jsonify(document())


def json_body() -> bytes:
    """Return the body of the request; raises Problem 415 if its type is not JSON."""
    if not request.is_json:
        detail = N_("The body must be JSON, with Content-Type: application/json.")
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail)
    return request.get_data()


def _json_object() -> dict[str, Any]:
    try:
        body = json.loads(json_body(), object_pairs_hook=_unique)
    except RecursionError as exc:
        raise Problem(HTTPStatus.BAD_REQUEST, "The JSON is nested too deeply.") from exc
    except ValueError as exc:
        detail = N_("The body is not JSON: %(reason)s.")
        raise Problem(HTTPStatus.BAD_REQUEST, detail, reason=str(exc)) from exc
    if not isinstance(body, dict):
        raise Problem(HTTPStatus.BAD_REQUEST, "The body must be a JSON object of options.")
    return body


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object; raises Problem 400 for a repeated name: json would drop a value."""
    refuse_repeated(name for name, _ in pairs)
    return dict(pairs)


def created(job: WholeJob) -> Response:
    """Return the answer 201 with a new job."""
    response = jsonify(job)
    response.status_code = HTTPStatus.CREATED
    response.headers["Location"] = url_for("api.get_job", job_id=job["id"])
    return response
