"""Errors as answers: problem documents (RFC 9457) for programs, a page for people."""

import logging
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from flask import Flask, Response, json, render_template, request
from flask_babel import gettext
from flask_limiter import RateLimitExceeded
from werkzeug.exceptions import HTTPException, NotFound, SecurityError
from wsproto.utilities import RemoteProtocolError

from flagdl.history.writer import HistoryError

log = logging.getLogger(__name__)


class Problem(HTTPException):
    """An error that says what was wrong with what: `field` names the option at fault.

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
    app.register_error_handler(HTTPException, _answer)
    app.register_error_handler(HistoryError, _answer_without_history)
    app.register_error_handler(RateLimitExceeded, _answer_too_many)
    app.register_error_handler(RemoteProtocolError, _answer_no_websocket)
    app.register_error_handler(ConnectionError, _answer_nobody)
    app.register_error_handler(Exception, _answer_bug)


def _answer(error: HTTPException) -> Response:
    if error.response is not None:  # a redirect, say
        return error.get_response()  # type: ignore[return-value]
    status = HTTPStatus(error.code or 500)
    # Werkzeug's own text for this one is long and says little.
    nowhere = type(error) is NotFound
    detail = gettext("There is nothing at this address.") if nowhere else error.description or ""
    # A page has links, and for a host that is not ours no link can be built.
    if _wants_page() and not isinstance(error, SecurityError):
        title = _title(status)
        page = render_template("error.html", status=status.value, title=title, detail=detail)
        response = Response(page, status.value)
    else:
        response = Response(
            json.dumps(_document(error, status, detail)),
            status.value,
            content_type="application/problem+json",
        )
    for name, value in error.get_headers():
        if name not in ("Content-Type", "Content-Length"):
            response.headers[name] = value
    if isinstance(error, Problem) and error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _title(status: HTTPStatus) -> str:
    """Return what an error is called on a page; problem documents have HTTP's names."""
    titles: dict[int, str] = {
        HTTPStatus.BAD_REQUEST: gettext("That can't be"),
        HTTPStatus.FORBIDDEN: gettext("Not from there"),
        HTTPStatus.NOT_FOUND: gettext("Not found"),
        HTTPStatus.METHOD_NOT_ALLOWED: gettext("Not in this way"),
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: gettext("Too much"),
        HTTPStatus.TOO_MANY_REQUESTS: gettext("Too many changes"),
        HTTPStatus.INTERNAL_SERVER_ERROR: gettext("Something broke"),
        HTTPStatus.SERVICE_UNAVAILABLE: gettext("Not just now"),
    }
    return titles.get(status, status.phrase)


def _document(error: HTTPException, status: HTTPStatus, detail: str) -> dict[str, Any]:
    document = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
    }
    if isinstance(error, Problem) and error.field is not None:
        document["field"] = error.field
    return document


def _answer_without_history(error: HistoryError) -> Response:
    return _answer(
        Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "%(reason)s. Downloads that run go on.",
            retry_after=5,
            reason=as_sentence(str(error)),
        )
    )


def _answer_too_many(error: RateLimitExceeded) -> Response:
    return _answer(
        Problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            "Too many changes: %(limit)s are allowed. Try again in a minute.",
            limit=error.description,
        )
    )


def answer_unreadable(error: Exception) -> Response:
    """Return the answer to a request whose body breaks HTTP's rules, as the server found it."""
    return _answer(
        Problem(HTTPStatus.BAD_REQUEST, "This is no HTTP: %(reason)s.", reason=str(error))
    )


def _answer_no_websocket(error: RemoteProtocolError) -> Response:
    return _answer(
        Problem(HTTPStatus.BAD_REQUEST, "This is no websocket: %(reason)s.", reason=str(error))
    )


def _answer_nobody(_: ConnectionError) -> Response:
    return Response(status=HTTPStatus.BAD_REQUEST)  # whoever asked has gone


def _answer_bug(error: Exception) -> Response:
    number = uuid4().hex[:8]
    log.error("error %s at %s %s", number, request.method, request.path, exc_info=error)
    detail = "Something broke on the server. Its log has more under %(number)s."
    return _answer(Problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail, number=number))


def as_sentence(text: str) -> str:
    """Let a text begin with a capital letter, and leave what follows, as a path, as it is."""
    return text[:1].upper() + text[1:]


def _wants_page() -> bool:
    if request.path.startswith(("/api/", "/ws/", "/healthz")):
        return False
    best = request.accept_mimetypes.best_match(["application/problem+json", "text/html"])
    return best == "text/html"
