"""The JSON calls about jobs, and what a job can be made of."""

import json
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for

from flagdl.history.history import NEWEST
from flagdl.model.embedded import N_
from flagdl.model.spec import parse_spec
from flagdl.web import choices
from flagdl.web.arguments import job_or_404, number_in_query, refuse_repeated
from flagdl.web.dashboard import dashboard
from flagdl.web.problems import Problem

api = Blueprint("api", __name__, url_prefix="/api")

MAX_PAGE = 100


@api.post("/jobs")
def create_job() -> Response:
    """Start a job."""
    spec = parse_spec(_json_object(), dashboard().servers)
    return created(dashboard().registry.submit(spec))


@api.get("/jobs")
def list_jobs() -> Response:
    """List jobs, newest first."""
    limit = min(number_in_query("limit", 20, least=1), MAX_PAGE)
    before = number_in_query("before", NEWEST)
    return jsonify(jobs=dashboard().registry.recent(limit, before))


@api.get("/jobs/<job_id>")
def get_job(job_id: str) -> Response:
    """Return one job."""
    return jsonify(job_or_404(job_id, dashboard().registry.get(job_id)))


@api.get("/jobs/<job_id>/events")
def get_events(job_id: str) -> Response:
    """Return a job's log."""
    events = dashboard().registry.events(job_id, number_in_query("since", 0))
    return jsonify(events=[event.to_dict() for event in job_or_404(job_id, events)])


@api.post("/jobs/<job_id>/cancel")
def cancel_job(job_id: str) -> tuple[Response, int]:
    """Ask a job to end."""
    return jsonify(job_or_404(job_id, dashboard().registry.cancel(job_id))), HTTPStatus.ACCEPTED


@api.post("/jobs/<job_id>/retry")
def retry_job(job_id: str) -> Response:
    """Start a job for what failed in another."""
    return created(job_or_404(job_id, dashboard().registry.retry(job_id)))


@api.delete("/jobs/<job_id>")
def delete_job(job_id: str) -> tuple[str, int]:
    """Delete a job that has ended."""
    job_or_404(job_id, dashboard().registry.delete(job_id) or None)
    return "", HTTPStatus.NO_CONTENT


@api.get("/countries")
def list_countries() -> Response:
    """List the countries to choose from."""
    return jsonify(countries=choices.country_rows(), pop20=choices.pop20())


@api.get("/servers")
def list_servers() -> Response:
    """List the servers to choose from."""
    return jsonify(
        servers=choices.server_rows(dashboard().servers), default=choices.DEFAULTS["server"]
    )


@api.get("/strategies")
def list_strategies() -> Response:
    """List the strategies to choose from."""
    return jsonify(strategies=choices.strategy_rows(), default=choices.DEFAULTS["strategy"])


def json_body() -> bytes:
    """Return the body of the request; raises Problem 415 where it is not said to be JSON."""
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
    """Return a JSON object; of two values for one name, json would drop the first."""
    refuse_repeated(name for name, _ in pairs)
    return dict(pairs)


def created(job: dict[str, Any]) -> Response:
    """Return the answer that brings a new job."""
    response = jsonify(job)
    response.status_code = HTTPStatus.CREATED
    response.headers["Location"] = url_for("api.get_job", job_id=job["id"])
    return response
