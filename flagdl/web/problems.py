"""Errors as answers: problem documents (RFC 9457) for programs, a page for people."""

import logging
from http import HTTPStatus
from uuid import uuid4

from flask import Flask, Response, json, render_template, request
from flask_babel import gettext
from flask_limiter import RateLimitExceeded
from werkzeug.exceptions import HTTPException, NotFound, SecurityError
from wsproto.utilities import RemoteProtocolError

from flagdl.history.writer import HistoryError
from flagdl.jobs.registry import JobRunning, NothingToRetry, TooManyJobs
from flagdl.model.labels import N_
from flagdl.model.spec import SpecError

log = logging.getLogger(__name__)

# Of the error pages; a problem document has HTTP's own title, in English.
TITLES = {
    HTTPStatus.BAD_REQUEST: N_("Bad Request"),
    HTTPStatus.FORBIDDEN: N_("Forbidden"),
    HTTPStatus.NOT_FOUND: N_("Not Found"),
    HTTPStatus.METHOD_NOT_ALLOWED: N_("Method Not Allowed"),
    HTTPStatus.CONFLICT: N_("Conflict"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: N_("Content Too Large"),
    HTTPStatus.TOO_MANY_REQUESTS: N_("Too Many Requests"),
    HTTPStatus.INTERNAL_SERVER_ERROR: N_("Internal Server Error"),
    HTTPStatus.SERVICE_UNAVAILABLE: N_("Service Unavailable"),
}


class Problem(HTTPException):
    """An error with what went wrong in `detail`; `field` names the option at fault.

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


def init_app(app: Flask) -> None:
    """Answer every error of the app, expected or not, in the form that the client reads."""
    for expected in (
        HTTPException, HistoryError, JobRunning, NothingToRetry, RateLimitExceeded,
        RemoteProtocolError, SpecError, TooManyJobs,
    ):  # fmt: skip
        app.register_error_handler(expected, respond)
    app.register_error_handler(ConnectionError, _respond_to_gone_client)
    app.register_error_handler(Exception, _respond_to_bug)


def respond(error: Exception) -> Response:
    """Return the answer to an error that was expected."""
    problem = error if type(error) is HTTPException else problem_of(error)
    return problem


def problem_of(error: Exception) -> Problem:
    ...
