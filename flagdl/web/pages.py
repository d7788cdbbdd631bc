"""The pages that people look at."""

import hashlib
import json
from dataclasses import replace
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    current_app,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as BaseResponse

from flagdl.jobs import TooManyJobs
from flagdl.spec import MAX_ATTEMPTS, MAX_LIMIT, MAX_MAX_REQ
from flagdl.web import explain, offer
from flagdl.web.api import busy, known_job, whole_number
from flagdl.web.dashboard import dashboard
from flagdl.web.form import Form, form_of_link, form_of_post
from flagdl.web.gallery import View, collection
from flagdl.web.languages import LANGUAGES, language

pages = Blueprint("pages", __name__)

JOBS_A_PAGE = 50
THEMES = ("system", "light", "dark")
A_YEAR = 365 * 24 * 3600  # seconds


@pages.get("/")
def index() -> str:
    """Show the form, and the job that is asked for or running."""
    return _form_page(form_of_link(request.args, dashboard().servers))


@pages.post("/")
def start() -> ResponseReturnValue:
    """Start the job that the form asks for; its script does the same through the API."""
    form = form_of_post(request.form, dashboard().servers)
    if form.problems:
        return _form_page(form), HTTPStatus.BAD_REQUEST
    try:
        started = dashboard().registry.submit(form.spec)
    except TooManyJobs as exc:
        form = replace(form, problems={"": busy(exc).description or ""})
        return _form_page(form), HTTPStatus.SERVICE_UNAVAILABLE
    return redirect(url_for("pages.job", job_id=started["id"]), HTTPStatus.SEE_OTHER)


def _form_page(form: Form) -> str:
    registry = dashboard().registry
    asked = request.args.get("job")
    return render_template(
        "index.html",
        form=form,
        countries=offer.country_rows(),
        other_names=offer.other_names(),
        continents=offer.continents(),
        pop20=offer.pop20(),
        servers=offer.server_rows(dashboard().servers),
        strategies=offer.strategy_rows(),
        explanations=explain.explanations(),
        defaults=offer.DEFAULTS,
        limits={"max_req": MAX_MAX_REQ, "limit": MAX_LIMIT, "attempts": MAX_ATTEMPTS},
        job_id=asked if asked and registry.get(asked) else registry.newest_live(),
    )


@pages.get("/jobs")
def jobs() -> BaseResponse:
    """Show the history; whoever has it open asks again and again, and mostly nothing is new."""
    listed = _listed(request.args.getlist("with")[:2])
    shown = json.dumps([listed, language(), current_app.static_url_path])
    etag = hashlib.sha256(shown.encode()).hexdigest()[:32]
    if request.if_none_match.contains_weak(etag):
        return Response(status=HTTPStatus.NOT_MODIFIED)
    response = make_response(render_template("jobs.html", **listed))
    response.set_etag(etag, weak=True)
    return response


def _listed(chosen: list[str]) -> dict[str, Any]:
    """Return a page of the history, and on every page the jobs chosen for a comparison."""
    registry = dashboard().registry
    before = whole_number("before", 0)
    rows = registry.recent(JOBS_A_PAGE + 1, str(before) if before else None)
    by_id = {row["id"]: row for row in rows[:JOBS_A_PAGE]}
    older = list(by_id)[-1] if len(rows) > JOBS_A_PAGE else None
    elsewhere = [registry.get(job_id) for job_id in chosen if job_id not in by_id]
    by_id |= {job["id"]: job for job in elsewhere if job}
    in_order = sorted(by_id.values(), key=lambda row: int(row["id"]), reverse=True)
    return {"jobs": in_order, "chosen": chosen, "older": older}


@pages.get("/jobs/<job_id>")
def job(job_id: str) -> str:
    """Show one job: live while it runs, its record afterwards."""
    return render_template(
        "job.html",
        job=known_job(dashboard().registry.get(job_id)),
        explanations=explain.explanations(),
    )


@pages.get("/gallery")
def gallery() -> str:
    """Show what was saved, and what could be."""
    return render_template("gallery.html", **collection(View.from_query(request.args)))


@pages.post("/preferences")
def prefer() -> BaseResponse:
    """Keep the language or the theme that the reader prefers, and go back to the page."""
    back = urlsplit(request.referrer or "")
    ours = back.netloc == request.host
    # "//there/" as a path would be another site as an address.
    path = back._replace(scheme="", netloc="", path="/" + back.path.lstrip("/\\")).geturl()
    response = redirect(path if ours else url_for("pages.index"), HTTPStatus.SEE_OTHER)
    for name, allowed in (("language", LANGUAGES), ("theme", THEMES)):
        if request.form.get(name) in allowed:
            response.set_cookie(name, request.form[name], max_age=A_YEAR, samesite="Lax")
    return response


@pages.get("/healthz")
def healthz() -> Response:
    """Say that the dashboard answers."""
    return jsonify(status="ok")
