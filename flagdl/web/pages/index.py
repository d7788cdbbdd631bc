"""The pages of the form, of one job and of the gallery, and the reader's preferences."""

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
from flagdl.web import choices
from flagdl.web.arguments import job_or_404
from flagdl.web.dashboard import dashboard
from flagdl.web.languages import LANGUAGES
from flagdl.web.pages import explain
from flagdl.web.pages.form import Form, form_from_link, form_from_post
from flagdl.web.pages.gallery import View, collection
from flagdl.web.posted import form_token
from flagdl.web.problems import problem_of

pages = Blueprint("pages", __name__)
pages.add_app_template_global(form_token)

THEMES = ("system", "light", "dark")
A_YEAR = 365 * 24 * 3600  # seconds


@pages.get("/")
def index() -> str:
    """Show the form, and beside it the job of the address or the newest running one."""
    return _form_page(form_from_link(request.args, dashboard().servers))


@pages.post("/")
def start() -> ResponseReturnValue:
    """Start the job of the form. The page's script uses the API instead."""
    form = form_from_post(request.form, dashboard().servers)
    if form.problems:
        return _form_page(form), HTTPStatus.BAD_REQUEST
    try:
        job_id = dashboard().posted_forms.start_once(lambda: dashboard().registry.submit(form.spec))
    except TooManyJobs as exc:
        form = replace(form, problems={"": problem_of(exc).description or ""})
        return _form_page(form), HTTPStatus.SERVICE_UNAVAILABLE
    return redirect(url_for("pages.job", job_id=job_id), HTTPStatus.SEE_OTHER)


def _form_page(form: Form) -> str:
    registry = dashboard().registry
    asked = request.args.get("job", "")
    summary = registry.summary(asked)
    found = bool(summary and summary["total"])  # or there is nothing that a script could show
    return render_template(
        "index.html",
        form=form,
        countries=choices.country_rows(),
        continents=choices.continents(),
        pop20=choices.pop20(),
        servers=choices.server_rows(dashboard().servers),
        strategies=choices.strategy_rows(),
        explanations=explain.explanations(),
        defaults=choices.DEFAULTS,
        limits=LIMITS | {name: setting.most for name, setting in SETTINGS.items()},
        job_id=asked if found else registry.newest_live(),
        unknown_job="" if found else asked,
    )


@pages.get("/jobs/<job_id>")
def job(job_id: str) -> str:
    """Show one job, running or ended."""
    return render_template(
        "job.html",
        job=job_or_404(job_id, dashboard().registry.get(job_id)),
        explanations=explain.explanations(),
    )


@pages.get("/gallery")
def gallery() -> str:
    """Show every country and its flag, if saved."""
    return render_template("gallery.html", **collection(View.from_query(request.args)))


@pages.post("/preferences")
def set_preferences() -> BaseResponse:
    """Store the reader's language or theme in a cookie, and go back to the page."""
    response = redirect(_referring_page() or url_for("pages.index"), HTTPStatus.SEE_OTHER)
    for name, allowed in (("language", LANGUAGES), ("theme", THEMES)):
        if request.form.get(name) in allowed:
            response.set_cookie(
                name,
                request.form[name],
                max_age=A_YEAR,
                path=request.script_root or "/",  # the host may have another dashboard
                samesite="Lax",
            )
    return response


def _referring_page() -> str:
    """Return the path of the page that the reader came from, or "" if it is not one of ours."""
    try:
        back = urlsplit(request.referrer or "")
    except ValueError:  # for "http://[", for example
        return ""
    # A path that begins with "//" would be the address of another site.
    back = back._replace(path="/" + back.path.lstrip("/\\"))
    # An error page may have the path of a form, which can't be opened. An unknown path can be.
    base = f"{request.script_root}/"
    methods = current_app.url_map.bind("").allowed_methods(back.path.removeprefix(base))
    is_below = back.netloc == request.host and back.path.startswith(base)
    is_ours = is_below and (not methods or "GET" in methods)
    return back._replace(scheme="", netloc="").geturl() if is_ours else ""


@pages.get("/healthz")
def healthz() -> Response:
    """Confirm that the dashboard answers."""
    return jsonify(status="ok")
