"""The JSON calls of the contract."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, TypeVar

from flask import Blueprint, Response, jsonify, request, url_for
from flask_babel import gettext

from flagdl.jobs import JobRunning, NothingToRetry, TooManyJobs
from flagdl.spec import SpecError, parse_spec
from flagdl.web import offer
from flagdl.web.dashboard import dashboard
from flagdl.web.problems import Problem

api = Blueprint("api", __name__, url_prefix="/api")

MAX_PAGE = 100

T = TypeVar("T")


@api.post("/jobs")
def create_job() -> Response:
    """Start a job."""
    return _created(started(_json_object()))


@api.get("/jobs")
def list_jobs() -> Response:
    """List jobs, newest first."""
    limit = min(whole_number("limit", 20, least=1), MAX_PAGE)
    before = whole_number("before", 0)
    return jsonify(jobs=dashboard().registry.recent(limit, str(before) if before else None))


@api.get("/jobs/<job_id>")
def get_job(job_id: str) -> Response:
    """Return one job."""
    return jsonify(known_job(dashboard().registry.get(job_id)))


@api.get("/jobs/<job_id>/events")
def get_events(job_id: str) -> Response:
    """Return a job's log."""
    events = dashboard().registry.events(job_id, whole_number("since", 0))
    return jsonify(events=[event.to_dict() for event in known_job(events)])


@api.post("/jobs/<job_id>/cancel")
def cancel_job(job_id: str) -> tuple[Response, int]:
    """Ask a job to end."""
    return jsonify(known_job(dashboard().registry.cancel(job_id))), HTTPStatus.ACCEPTED


@api.post("/jobs/<job_id>/retry")
def retry_job(job_id: str) -> Response:
    """Start a job for what failed in another."""
    return _created(retried(job_id))


@api.delete("/jobs/<job_id>")
def delete_job(job_id: str) -> tuple[str, int]:
    """Forget an ended job."""
    try:
        known_job(dashboard().registry.delete(job_id) or None)
    except JobRunning as exc:
        raise Problem(HTTPStatus.CONFLICT, "The job has not ended yet: cancel it first.") from exc
    return "", HTTPStatus.NO_CONTENT


@api.get("/countries")
def list_countries() -> Response:
    """List the countries to choose from."""
    return jsonify(countries=offer.country_rows(), pop20=offer.pop20())


@api.get("/servers")
def list_servers() -> Response:
    """List the servers to choose from."""
    return jsonify(servers=offer.server_rows(dashboard().servers), default=offer.DEFAULTS["server"])


@api.get("/strategies")
def list_strategies() -> Response:
    """List the strategies to choose from."""
    return jsonify(strategies=offer.strategy_rows(), default=offer.DEFAULTS["strategy"])


def started(options: Mapping[str, object]) -> dict[str, Any]:
    """Start a job and return it; raises Problem where it can't be."""
    try:
        return dashboard().registry.submit(parse_spec(options, dashboard().servers))
    except SpecError as exc:
        raise Problem(HTTPStatus.BAD_REQUEST, f"{exc.field} {in_words(exc)}", exc.field) from exc
    except TooManyJobs as exc:
        raise busy(exc) from exc


def retried(job_id: str) -> dict[str, Any]:
    """Start a job for what failed in another and return it; raises Problem where it can't be."""
    try:
        return known_job(dashboard().registry.retry(job_id))
    except JobRunning as exc:
        raise Problem(HTTPStatus.CONFLICT, "The job has not ended yet.") from exc
    except NothingToRetry as exc:
        raise Problem(
            HTTPStatus.CONFLICT, "Nothing to retry: every flag was saved or doesn't exist."
        ) from exc
    except TooManyJobs as exc:
        raise busy(exc) from exc


def known_job(job: T | None) -> T:
    """Return the job, or whatever was asked of it; raises Problem 404 where it is None."""
    if job is None:
        raise Problem(HTTPStatus.NOT_FOUND, "There is no such job.")
    return job


def whole_number(name: str, default: int, least: int = 0) -> int:
    """Return a number from the query string; raises Problem 400 where it is none."""
    text = request.args.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 19 and int(text) >= least):
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            "%(name)s must be a whole number from %(least)s up",
            name,
            name=name,
            least=least,
        )
    return int(text)


def in_words(error: SpecError) -> str:
    """Say in the reader's language what an option must be."""
    return str(gettext(error.template, **error.values))


def busy(exc: TooManyJobs) -> Problem:
    """Return the answer to whoever asks for one job too many."""
    reason = gettext(str(exc)).capitalize()
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, f"{reason}.", retry_after=5)


def _json_object() -> dict[str, Any]:
    try:
        body = request.get_json()
    except RecursionError as exc:
        raise Problem(HTTPStatus.BAD_REQUEST, "The JSON is nested too deeply.") from exc
    if not isinstance(body, dict):
        raise Problem(HTTPStatus.BAD_REQUEST, "The body must be a JSON object of options.")
    return body


def _created(job: dict[str, Any]) -> Response:
    response = jsonify(job)
    response.status_code = HTTPStatus.CREATED
    response.headers["Location"] = url_for("api.get_job", job_id=job["id"])
    return response
