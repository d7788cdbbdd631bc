"""Errors as answers: problem documents (RFC 9457) for programs, a page for people."""

import logging
from http import HTTPStatus
from typing import NotRequired, TypedDict
from uuid import uuid4

from flask import Flask, Response, json, render_template, request
from flask_babel import gettext
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from wsproto.utilities import RemoteProtocolError

from flagdl.history.history import BrokenLog
from flagdl.history.writer import HistoryError
from flagdl.jobs.registry import JobRunning, NoJob, NothingToRetry
from flagdl.jobs.scheduler import TooManyJobs
from flagdl.model.embedded import N_
from flagdl.model.log import LogError, NoJson, NoLog
from flagdl.model.reading import SpecError
from flagdl.web.server.connections import HEAD_LIMIT, REFUSED

log = logging.getLogger(__name__)

# The titles of error pages. A problem document has HTTP's own title, in English.
TITLES = {
    HTTPStatus.BAD_REQUEST: N_("Bad Request"),
    HTTPStatus.FORBIDDEN: N_("Forbidden"),
    HTTPStatus.NOT_FOUND: N_("Not Found"),
    HTTPStatus.METHOD_NOT_ALLOWED: N_("Method Not Allowed"),
    HTTPStatus.CONFLICT: N_("Conflict"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: N_("Content Too Large"),
    HTTPStatus.UNPROCESSABLE_ENTITY: N_("Unprocessable Content"),
    HTTPStatus.TOO_MANY_REQUESTS: N_("Too Many Requests"),
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: N_("Request Header Fields Too Large"),
    HTTPStatus.INTERNAL_SERVER_ERROR: N_("Internal Server Error"),
    HTTPStatus.NOT_IMPLEMENTED: N_("Not Implemented"),
    HTTPStatus.SERVICE_UNAVAILABLE: N_("Service Unavailable"),
    HTTPStatus.HTTP_VERSION_NOT_SUPPORTED: N_("HTTP Version Not Supported"),
}
# In place of Werkzeug's texts, which are long, say little, and have no translation.
DETAILS = {
    NotFound: N_("Nothing was found at this address."),
    MethodNotAllowed: N_("This address does not allow %(method)s."),
}
CONFLICTS: dict[type[Exception], str] = {
    JobRunning: N_("The job has not ended yet: wait for its end, or cancel it."),
    NothingToRetry: N_("Nothing to retry: every flag was saved or doesn't exist."),
}


class ProblemDocument(TypedDict):
    """An error, as RFC 9457 has it; `field` names the option or the parameter at fault."""

    type: str
    title: str
    status: int
    detail: str
    field: NotRequired[str]


class Problem(HTTPException):
    """An error that a client may see; `field` names the option at fault.

    `detail` is English, with places for `values`; the answer is in the reader's language.
    """

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        field: str | None = None,
        retry_after: int | None = None,
        **values: object,
    ) -> None:
        super().__init__(gettext(detail, **values))
        self.code = status.value
        self.field = field
        self.retry_after = retry_after


class WrongAddress(Problem):
    """A problem of the host or the prefix: all links on a usual page would be wrong, too."""


def init_app(app: Flask) -> None:
    """Answer every error of the app, expected or not, in the form that the client reads."""
    app.before_request(_refuse_bad_http)
    app.register_error_handler(HTTPException, respond)
    for expected in (
        HistoryError, JobRunning, LogError, NoJob, NothingToRetry, RemoteProtocolError,
        SpecError, TooManyJobs,
    ):  # fmt: skip
        app.register_error_handler(expected, lambda error: respond(problem_of(error)))
    app.register_error_handler(ConnectionError, _respond_to_lost_client)
    app.register_error_handler(OSError, _respond_to_system)
    app.register_error_handler(Exception, _respond_to_bug)


def respond(error: HTTPException) -> Response:
    """Return an error as a page, or as a problem document, with its headers."""
    if error.response is not None:  # a redirect, for example
        return error.get_response()  # type: ignore[return-value]
    status = HTTPStatus(error.code or 500)
    own = DETAILS.get(type(error))
    detail = gettext(own, method=request.method) if own else error.description or ""
    template = "refused.html" if isinstance(error, WrongAddress) else "error.html"
    is_page = _wants_page()
    response = _page(template, status, detail) if is_page else _document(error, status, detail)
    for name, value in error.get_headers():
        if name not in ("Content-Type", "Content-Length"):
            response.headers[name] = value
    if isinstance(error, Problem) and error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def problem_of(error: Exception) -> Problem:
    """Return what an expected error of another part of flagdl means to the client."""
    match error:
        case SpecError():
            detail = f"{error.field} {spec_message(error)}"
            return Problem(HTTPStatus.BAD_REQUEST, detail, error.field)
        case RemoteProtocolError():
            detail = N_("This is not a websocket request: %(reason)s.")
            return Problem(HTTPStatus.BAD_REQUEST, detail, reason=str(error))
        case NoJob():
            return Problem(HTTPStatus.NOT_FOUND, "There is no job %(id)s.", id=str(error))
        case JobRunning() | NothingToRetry():
            return Problem(HTTPStatus.CONFLICT, CONFLICTS[type(error)])
        case LogError():
            return _problem_of_log(error)
        case HistoryError():
            return _problem_of_history(error)
        case TooManyJobs():
            reason = capitalized(gettext(str(error)))
            return Problem(HTTPStatus.SERVICE_UNAVAILABLE, f"{reason}.", retry_after=5)
    raise error


def _problem_of_log(error: LogError) -> Problem:
    is_json = not isinstance(error, NoJson)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if is_json else HTTPStatus.BAD_REQUEST
    detail = N_("This is not the log of a job: %(reason)s.")
    if isinstance(error, NoLog):
        detail = N_(
            "This is not the log of a job. "
            "Choose the file that “Share › Log, to import elsewhere” saved."
        )
    return Problem(status, detail, reason=str(error))


def _problem_of_history(error: HistoryError) -> Problem:
    reason = capitalized(str(error))
    if isinstance(error, BrokenLog):
        detail = N_("%(reason)s. The job can be deleted.")
        return Problem(HTTPStatus.CONFLICT, detail, reason=reason)
    detail = N_("%(reason)s. Running downloads continue.")
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, retry_after=5, reason=reason)


def spec_message(error: SpecError) -> str:
    """Return what an option must be, in the reader's language."""
    return str(gettext(error.template, **error.values))


def capitalized(text: str) -> str:
    """Return a text with its first letter as a capital; the rest, like a path, stays as it is."""
    return text[:1].upper() + text[1:]


def _refuse_bad_http() -> None:
    """Refuse a request that the server could not read, with an answer like all others."""
    error = request.environ.get(REFUSED)
    if error is None:
        return
    status = HTTPStatus(error.error_status_hint)
    if status is HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE:
        detail = N_(
            "The address and the headers are longer than %(limit)s KiB."
            " Delete this site's cookies and try again."
        )
        raise Problem(status, detail, limit=HEAD_LIMIT // 1024)
    raise Problem(status, N_("The request is not valid HTTP: %(reason)s."), reason=str(error))


def _respond_to_lost_client(_: ConnectionError) -> Response:
    return Response(status=HTTPStatus.BAD_REQUEST)  # the client will never see it


def _respond_to_system(error: OSError) -> Response:
    """Say what the system could not do, for example, read a file from a broken disk."""
    if not error.errno:  # not an error of the system
        return _respond_to_bug(error)
    log.warning("%s %s failed: %s", request.method, request.path, error)
    detail = N_("The system can't do what this needs: %(reason)s. Try again later.")
    problem = Problem(
        HTTPStatus.SERVICE_UNAVAILABLE, detail, retry_after=5, reason=error.strerror or error
    )
    return respond(problem)


def _respond_to_bug(error: Exception) -> Response:
    if isinstance(error, MemoryError):
        detail = N_("The system has no memory left for this. Try again later.")
        return respond(Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, retry_after=5))
    number = uuid4().hex[:8]
    log.error("error %s at %s %s", number, request.method, request.path, exc_info=error)
    detail = N_("This is a bug in flagdl. The server's log describes it as error %(number)s.")
    return respond(Problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail, number=number))


def _page(template: str, status: HTTPStatus, detail: str) -> Response:
    title = gettext(TITLES.get(status, status.phrase))
    page = render_template(template, status=status.value, title=title, detail=detail)
    return Response(page, status)


def _document(error: HTTPException, status: HTTPStatus, detail: str) -> Response:
    document = ProblemDocument(
        type="about:blank", title=status.phrase, status=status, detail=detail
    )
    if isinstance(error, Problem) and error.field is not None:
        document["field"] = error.field
    return Response(json.dumps(document), status, content_type="application/problem+json")


def _wants_page() -> bool:
    if request.path.startswith(("/api/", "/ws/", "/healthz")):
        return False
    best = request.accept_mimetypes.best_match(["application/problem+json", "text/html"])
    return best == "text/html"
