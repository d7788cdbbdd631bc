"""The pages of the history: its list, a job done again, or imported."""

import hashlib
import json
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from flask import Blueprint, current_app, make_response, render_template, request
from werkzeug.wrappers import Response

from flagdl.history.history import NEWEST
from flagdl.jobs.registry import NoJob
from flagdl.model.log import read_log
from flagdl.model.spec import options_of, parse_spec
from flagdl.web import words
from flagdl.web.api.jobs import BEFORE
from flagdl.web.arguments import number_in_query
from flagdl.web.dashboard import dashboard
from flagdl.web.languages import language
from flagdl.web.pages.index import to_page_of
from flagdl.web.pages.many import MOST_COMPARED
from flagdl.web.problems import Problem

history_pages = Blueprint("history", __name__, url_prefix="/jobs")

JOBS_A_PAGE = 50


@history_pages.get("")
def jobs() -> Response:
    """Show a page of the history: 304 if the ETag matches, since open pages ask again often."""
    listed = _listed(request.args.getlist("with")[:MOST_COMPARED])
    content = json.dumps([listed, language(), current_app.static_url_path])
    etag = hashlib.sha256(content.encode()).hexdigest()[:32]
    if request.if_none_match.contains_weak(etag):
        return Response(status=HTTPStatus.NOT_MODIFIED)
    response = make_response(render_template("jobs.html", **listed, most_compared=MOST_COMPARED))
    response.set_etag(etag, weak=True)
    return response


def _listed(chosen: list[str]) -> dict[str, Any]:
    """Return a page of the history, with the jobs chosen for a comparison on every page."""
    registry = dashboard().registry
    before = number_in_query(BEFORE, NEWEST)
    rows = registry.recent(JOBS_A_PAGE + 1, before)
    by_id = {row["id"]: row for row in rows[:JOBS_A_PAGE]}
    older = list(by_id)[-1] if len(rows) > JOBS_A_PAGE else None
    for job_id in set(chosen) - by_id.keys():
        with suppress(NoJob):
            by_id[job_id] = registry.summary(job_id)
    in_order = sorted(by_id.values(), key=lambda row: int(row["id"]), reverse=True)
    rescue = words.rescue(dashboard().history.rescue)
    return {
        "jobs": in_order,
        "origins": registry.origins(in_order),
        "chosen": chosen,
        "older": older,
        "rescue": rescue,
    }


@history_pages.post("/import")
def import_log() -> Response:
    """Record the job of a log, and show it."""
    file = request.files.get("log")
    if not file:
        raise Problem(HTTPStatus.BAD_REQUEST, "Choose the file of a log.", "log")
    data = file.read()
    imported = dashboard().posted_forms.start_once(
        lambda: dashboard().registry.import_log(read_log(data)), data
    )
    return to_page_of([imported["id"]])


@history_pages.post("/<job_id>/retry")
def retry(job_id: str) -> Response:
    """Start a job for what failed in another, and show it."""
    started = dashboard().posted_forms.start_once(lambda: dashboard().registry.retry(job_id))
    return to_page_of([started["id"]])


@history_pages.post("/<job_id>/again")
def again(job_id: str) -> Response:
    """Start a job again and show it; with another strategy, compare both."""
    done = dashboard().registry.summary(job_id)
    options = {**options_of(done["spec"]), "strategy": request.form.get("strategy", "")}
    spec = parse_spec(options, dashboard().servers)
    started = dashboard().posted_forms.start_once(lambda: dashboard().registry.submit(spec))
    is_other = options["strategy"] != done["spec"]["strategy"]
    return to_page_of([job_id, started["id"]] if is_other else [started["id"]])
