"""The pages of the form, of one job and of the gallery, and the reader's preferences."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any
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
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from flagdl.jobs.scheduler import TooManyJobs
from flagdl.model.embedded import default_attempts
from flagdl.model.lab import SETTINGS
from flagdl.model.spec import LIMITS, options_of
from flagdl.model.variants import WIDTHS
from flagdl.strategies import STRATEGIES
from flagdl.web import choices
from flagdl.web.arguments import number_in_query
from flagdl.web.dashboard import dashboard
from flagdl.web.languages import LANGUAGES, continents
from flagdl.web.pages.explain import explanation
from flagdl.web.pages.form import Form, form_from_link, form_from_post
from flagdl.web.pages.gallery import View, collection
from flagdl.web.pages.tour import STEP, STEPS
from flagdl.web.posted import form_token
from flagdl.web.problems import problem_of

pages = Blueprint("pages", __name__)
pages.add_app_template_global(form_token)

THEMES = ("system", "light", "dark")
A_YEAR = 365 * 24 * 3600  # seconds


@pages.get("/")
def index() -> ResponseReturnValue:
    """Show the form."""
    if old_link := request.args.get("job"):
        return redirect(url_for("pages.job", job_id=old_link))
    return _form_page(form_from_link(request.args, dashboard().servers))


@pages.post("/")
def start() -> ResponseReturnValue:
    """Start the job of the form. The page's script uses the API instead."""
    form = form_from_post(request.form, dashboard().servers)
    return start_or_explain(form, lambda: [dashboard().registry.submit(form.spec)["id"]])


def start_or_explain(form: Form, start: Callable[[], list[str]]) -> ResponseReturnValue:
    """Start the jobs of a form, and lead to their page; or show the form, with what is wrong."""
    if form.problems:
        return _form_page(form), HTTPStatus.BAD_REQUEST
    try:
        started = dashboard().posted_forms.start_once(start)
    except TooManyJobs as exc:
        form = replace(form, problems={"": problem_of(exc).description or ""})
        return _form_page(form), HTTPStatus.SERVICE_UNAVAILABLE
    return to_page_of(started)


def to_page_of(ids: list[str]) -> BaseResponse:
    """Lead to the page of a job, or to the comparison of several."""
    if len(ids) == 1:
        page = url_for("pages.job", job_id=ids[0])
    else:
        page = url_for("many.compare", job=ids)
    return redirect(page, HTTPStatus.SEE_OTHER)


def _form_page(form: Form) -> str:
    return render_template(
        "index.html",
        **_form_parts(form),
        live_job=dashboard().registry.newest_live(),
        steps=STEPS if request.cookies.get("tour") != "off" else (),
        next_step=number_in_query(STEP),
    )


def _form_parts(form: Form) -> dict[str, Any]:
    """Return what parts/form.html needs."""
    return {
        "form": form,
        "countries": choices.country_rows(),
        "continents": continents(),
        "pop20": choices.POP20,
        "servers": choices.server_rows(dashboard().servers),
        "strategies": choices.strategy_rows(),
        "executors": choices.executor_rows(dashboard().settings.cluster),
        "raced": request.form.getlist("race") or STRATEGIES,
        "widths": request.form.get("widths", ", ".join(map(str, WIDTHS))),
        "defaults": {"page": choices.PAGE_DEFAULTS, "terminal": choices.DEFAULTS},
        "limits": LIMITS | {name: setting.most for name, setting in SETTINGS.items()},
    }


@pages.get("/jobs/<job_id>")
def job(job_id: str) -> str:
    """Show one job, running or ended, and the form with its choices."""
    found = dashboard().registry.get(job_id)
    return render_template(
        "job.html",
        **_form_parts(form_from_link(_as_link(found["spec"]), dashboard().servers)),
        job=found,
        origins=dashboard().registry.origins([found]),
        retries=dashboard().history.retries(found["id"]),
        chain=dashboard().registry.chain(found["id"]),
        **explanation(found["spec"]["strategy"]),
    )


def _as_link(spec: Mapping[str, Any]) -> MultiDict[str, str]:
    """Return the choices of a job as the query of a link to the form."""
    usual = {"attempts": default_attempts(spec["server"])}
    options = options_of(spec).items()
    texts = {name: str(value) for name, value in options if usual.get(name) != value}
    return MultiDict(texts | {"codes": " ".join(spec["codes"])})


@pages.get("/gallery")
def gallery() -> str:
    """Show every country and its flag, if saved."""
    return render_template("gallery.html", **collection(View.from_query(request.args)))


@pages.post("/preferences")
def set_preferences() -> BaseResponse:
    """Store a choice of the reader in a cookie, and go back to the page, or to the lesson."""
    back = "" if request.form.get("tour") == "on" else _referring_page()
    response = redirect(back or url_for("pages.index"), HTTPStatus.SEE_OTHER)
    for name, allowed in (("language", LANGUAGES), ("theme", THEMES), ("tour", ("on", "off"))):
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
    # The error page of a POST may have a path that can't be opened. An unknown path can be.
    base = f"{request.script_root}/"
    methods = current_app.url_map.bind("").allowed_methods(back.path.removeprefix(base))
    is_below = back.netloc == request.host and back.path.startswith(base)
    is_ours = is_below and (not methods or "GET" in methods)
    return back._replace(scheme="", netloc="").geturl() if is_ours else ""


@pages.get("/healthz")
def healthz() -> Response:
    """Confirm that the dashboard answers."""
    return jsonify(status="ok")
