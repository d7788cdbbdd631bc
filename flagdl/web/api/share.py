"""An ended job as files, to take elsewhere: its trace, its log, and a page that shows it."""

from flask import Blueprint, Response, json

from flagdl.jobs.registry import Record
from flagdl.model.log import log_of, read_log
from flagdl.model.trace import trace
from flagdl.web.api.jobs import created, json_body
from flagdl.web.arguments import job_or_404
from flagdl.web.dashboard import dashboard
from flagdl.web.pages.share import shared_page

share = Blueprint("share", __name__, url_prefix="/api/jobs")


@share.get("/<job_id>/trace.json")
def get_trace(job_id: str) -> Response:
    """Send a job as trace events, for Perfetto and chrome://tracing."""
    row, events = _record(job_id)
    return _file(json.dumps(trace(row, events)), f"flagdl-{row.id}.trace.json")


@share.get("/<job_id>/log.json")
def get_log(job_id: str) -> Response:
    """Send a job's log, which another flagdl can import."""
    row, events = _record(job_id)
    return _file(json.dumps(log_of(row, events)), f"flagdl-{row.id}.json")


@share.get("/<job_id>/share.html")
def get_page(job_id: str) -> Response:
    """Send a page that shows a job, in one file."""
    return _file(shared_page(_record(job_id)), f"flagdl-{job_id}.html", "text/html")


@share.post("/import")
def import_log() -> Response:
    """Record the job of a log; it is never run."""
    return created(dashboard().registry.import_log(read_log(json_body())))


def _record(job_id: str) -> Record:
    return job_or_404(job_id, dashboard().registry.record(job_id))


def _file(content: str, name: str, mimetype: str = "application/json") -> Response:
    """Return a file that browsers save and don't show."""
    response = Response(content, mimetype=mimetype)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
