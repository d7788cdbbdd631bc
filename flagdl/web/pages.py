"""The pages that people look at, and the images on them."""

import hashlib
import io
from http import HTTPStatus
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    jsonify,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from werkzeug.wrappers import Response as BaseResponse

from flagdl.spec import MAX_MAX_REQ
from flagdl.web import offer
from flagdl.web.api import known_job, whole_number
from flagdl.web.dashboard import dashboard, flag_to_dict
from flagdl.web.languages import LANGUAGES
from flagdl.web.problems import Problem

pages = Blueprint("pages", __name__)

JOBS_A_PAGE = 50
THEMES = ("system", "light", "dark")
A_YEAR = 365 * 24 * 3600  # seconds


@pages.get("/")
def index() -> str:
    """Show the form, and the job that is asked for or running."""
    registry = dashboard().registry
    asked = request.args.get("job")
    return render_template(
        "index.html",
        countries=offer.country_rows(),
        continents=offer.continents(),
        pop20=offer.pop20(),
        servers=offer.server_rows(dashboard().servers),
        strategies=offer.strategy_rows(),
        defaults=offer.DEFAULTS,
        max_concurrency=MAX_MAX_REQ,
        job_id=asked if asked and registry.get(asked) else registry.newest_live(),
    )


@pages.get("/jobs")
def jobs() -> str:
    """Show the history."""
    before = whole_number("before", 0)
    rows = dashboard().registry.recent(JOBS_A_PAGE + 1, str(before) if before else None)
    shown = rows[:JOBS_A_PAGE]
    return render_template(
        "jobs.html", jobs=shown, older=shown[-1]["id"] if len(rows) > JOBS_A_PAGE else None
    )


@pages.get("/jobs/<job_id>")
def job(job_id: str) -> str:
    """Show one job: live while it runs, its record afterwards."""
    return render_template("job.html", job=known_job(dashboard().registry.get(job_id)))


@pages.get("/gallery")
def gallery() -> str:
    """Show what was saved."""
    return render_template("gallery.html", flags=[flag_to_dict(f) for f in dashboard().store])


@pages.get("/flags/<cc>.gif")
def flag(cc: str) -> Response:
    """Send a saved flag; browsers ask each time whether it has changed."""
    well_formed = len(cc) == 2 and cc.isascii() and cc.isalpha() and cc.islower()
    image = dashboard().store.read(cc) if well_formed else None
    if image is None:
        raise Problem(HTTPStatus.NOT_FOUND, "This flag is not saved.")
    etag = hashlib.sha256(image).hexdigest()[:32]
    return send_file(io.BytesIO(image), "image/gif", etag=etag, max_age=0)


@pages.post("/preferences")
def prefer() -> BaseResponse:
    """Keep the language or the theme that the reader prefers, and go back to the page."""
    back = urlsplit(request.referrer or "")
    ours = back.netloc == request.host
    path = back._replace(scheme="", netloc="").geturl() if ours else url_for("pages.index")
    response = redirect(path, HTTPStatus.SEE_OTHER)
    for name, allowed in (("language", LANGUAGES), ("theme", THEMES)):
        if request.form.get(name) in allowed:
            response.set_cookie(name, request.form[name], max_age=A_YEAR, samesite="Lax")
    return response


@pages.get("/healthz")
def healthz() -> Response:
    """Say that the dashboard answers."""
    return jsonify(status="ok")
