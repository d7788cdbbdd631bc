"""The pages that people look at."""

from dataclasses import replace
from http import HTTPStatus
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    current_app,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as BaseResponse

from flagdl.jobs.registry import TooManyJobs
from flagdl.model.lab import SETTINGS
from flagdl.model.spec import LIMITS
from flagdl.web import choices as offer
from flagdl.web.dashboard import dashboard
from flagdl.web.languages import LANGUAGES
from flagdl.web.pages import explain
from flagdl.web.pages.form import Form, form_of_link, form_of_post
from flagdl.web.pages.gallery import View, collection
from flagdl.web.services import busy, known_job

pages = Blueprint("pages", __name__)

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
    asked = request.args.get("job", "")
    found = bool(registry.summary(asked))
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
        limits=LIMITS | {name: setting.most for name, setting in SETTINGS.items()},
        job_id=asked if found else registry.newest_live(),
        unknown_job="" if found else asked,
    )


@pages.get("/jobs/<job_id>")
def job(job_id: str) -> str:
    """Show one job: live while it runs, its record afterwards."""
    return render_template(
        "job.html",
        job=known_job(job_id, dashboard().registry.get(job_id)),
        explanations=explain.explanations(),
    )


@pages.get("/gallery")
def gallery() -> str:
    """Show what was saved, and what could be."""
    return render_template("gallery.html", **collection(View.from_query(request.args)))


@pages.post("/preferences")
def prefer() -> BaseResponse:
    """Keep the language or the theme that the reader prefers, and go back to the page."""
    response = redirect(_way_back() or url_for("pages.index"), HTTPStatus.SEE_OTHER)
    for name, allowed in (("language", LANGUAGES), ("theme", THEMES)):
        if request.form.get(name) in allowed:
            response.set_cookie(name, request.form[name], max_age=A_YEAR, samesite="Lax")
    return response


def _way_back() -> str:
    """Return the address on this site that the reader comes from, or "" where it is no page."""
    try:
        back = urlsplit(request.referrer or "")
    except ValueError:  # as of "http://["
        return ""
    # "//there/" as a path would be another site as an address.
    back = back._replace(path="/" + back.path.lstrip("/\\"))
    # An error page may stand where only a form leads to. Where nothing is, the page is that.
    methods = current_app.url_map.bind("").allowed_methods(back.path)
    ours = back.netloc == request.host and (not methods or "GET" in methods)
    return back._replace(scheme="", netloc="").geturl() if ours else ""


@pages.get("/healthz")
def healthz() -> Response:
    """Say that the dashboard answers."""
    return jsonify(status="ok")
