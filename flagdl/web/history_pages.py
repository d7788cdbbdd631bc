"""What can be done with jobs of the past: compare two, and do one again."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from flagdl.web.api import retried, started
from flagdl.web.dashboard import dashboard
from flagdl.web.problems import Problem

history_pages = Blueprint("history", __name__, url_prefix="/jobs")


@history_pages.get("/compare")
def compare() -> str | Response:
    """Show two jobs side by side: `a` and `b`, or both as `job`, as the history's form has them."""
    if "job" in request.args:
        newer, older = _two(request.args.getlist("job"))
        return redirect(url_for(".compare", a=older, b=newer))
    a, b = _two([request.args[name] for name in ("a", "b") if name in request.args])
    return render_template("compare.html", jobs={"A": _known(a), "B": _known(b)})


@history_pages.post("/<job_id>/retry")
def retry(job_id: str) -> Response:
    """Start a job for what failed in another, and go to it."""
    job = retried(job_id)
    return redirect(url_for("pages.job", job_id=job["id"]), HTTPStatus.SEE_OTHER)


@history_pages.post("/<job_id>/again")
def again(job_id: str) -> Response:
    """Do a job again with another strategy, and compare."""
    options = dict(_known(job_id)["spec"], strategy=request.form.get("strategy", ""))
    if options["max_req"] == 1:
        del options["max_req"]  # one after another needs no more; the others do
    job = started(options)
    return redirect(url_for(".compare", a=job_id, b=job["id"]), HTTPStatus.SEE_OTHER)


def _two(ids: list[str]) -> tuple[str, str]:
    if len(set(ids)) != 2 or len(ids) != 2:
        raise Problem(HTTPStatus.BAD_REQUEST, "Choose two different jobs to compare.")
    return ids[0], ids[1]


def _known(job_id: str) -> dict[str, Any]:
    job = dashboard().registry.get(job_id)
    if job is None:
        raise Problem(HTTPStatus.NOT_FOUND, "There is no job %(id)s.", id=job_id)
    return job
