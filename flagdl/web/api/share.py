"""An ended job as files, to take elsewhere: its trace, its log, and a page that shows it."""

from typing import Any

from flask import Blueprint, Response, json, request

from flagdl.model.log import MOST_BYTES, LogFile, log_of, read_log
from flagdl.model.trace import trace
from flagdl.web.api.calls import Answer, Parameter, call
from flagdl.web.api.jobs import JOB, NEW_JOB, NO_JOB, created, json_body
from flagdl.web.dashboard import dashboard
from flagdl.web.pages.many import MOST_COMPARED, to_compare
from flagdl.web.pages.share import comparison_page, job_page

share = Blueprint("share", __name__, url_prefix="/api/jobs")

NUMBERS = {
    "type": "array",
    "items": JOB.schema,
    "minItems": 2,
    "maxItems": MOST_COMPARED,
    "uniqueItems": True,
}
JOBS = Parameter("job", "A job's number, repeated.", NUMBERS, ["1", "2"], required=True)
AS_FILE = {"Content-Disposition": "Browsers save it, and don't show it."}
NO_FILE = {**NO_JOB, 409: "The job has not ended, or the history can't read it."}


@share.get("/<job_id>/trace.json")
@call(JOB, answers={200: Answer("The trace.", dict[str, Any], headers=AS_FILE), **NO_FILE})
def get_trace(job_id: str) -> Response:
    """Send an ended job as trace events, for Perfetto and chrome://tracing.

    There is a slice for each download and its phases, and an instant for each result.
    """
    row, events = dashboard().registry.record(job_id)
    return _file(json.dumps(trace(row, events)), f"flagdl-{row.id}.trace.json")


@share.get("/<job_id>/log.json")
@call(JOB, answers={200: Answer("The log.", LogFile, headers=AS_FILE), **NO_FILE})
def get_log(job_id: str) -> Response:
    """Send the log of an ended job, which another flagdl can import."""
    row, events = dashboard().registry.record(job_id)
    return _file(json.dumps(log_of(row, events)), f"flagdl-{row.id}.json")


@share.get("/<job_id>/share.html")
@call(
    JOB,
    answers={200: Answer("The page.", media_type="text/html", headers=AS_FILE), **NO_FILE},
)
def get_page(job_id: str) -> Response:
    """Send a page that shows an ended job, in one file."""
    return _file(
        job_page(dashboard().registry.record(job_id)), f"flagdl-{job_id}.html", "text/html"
    )


@share.get("/compare/share.html")
@call(
    JOBS,
    answers={
        200: Answer("The page.", media_type="text/html", headers=AS_FILE),
        **NO_JOB,
        409: "A job has not ended, the history can't read it, or the page would be too large.",
    },
)
def get_comparison() -> Response:
    """Send a page that compares ended jobs, in one file."""
    ids = request.args.getlist("job")
    jobs = to_compare(ids)
    page = comparison_page([dashboard().registry.record(job["id"]) for job in jobs], jobs)
    return _file(page, f"flagdl-{'-'.join(ids)}.html", "text/html")


@share.post("/import")
@call(
    body=LogFile,
    answers={
        201: NEW_JOB,
        400: "The body is not JSON.",
        413: f"The body has more than {MOST_BYTES // 2**20} MiB.",
        415: "The body is not called JSON.",
        422: "No flagdl would have written this log: the answer says why.",
    },
)
def import_log() -> Response:
    """Record the job of a log, as `log.json` sends it; the job is never run."""
    return created(dashboard().registry.import_log(read_log(json_body())))


def _file(content: str, name: str, mimetype: str = "application/json") -> Response:
    """Return a file that browsers save and don't show."""
    response = Response(content, mimetype=mimetype)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
