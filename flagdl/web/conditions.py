"""Conditional headers: a header that can't be read counts as not sent (RFC 9110).

No answer is sent in ranges. A client may ask for a range without naming the version of the part
that it has, and would join parts of different files.
"""

from flask import Flask, Response, request
from werkzeug.http import parse_date

DATES = ("HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE")
RANGES = ("HTTP_RANGE", "HTTP_IF_RANGE")


def init_app(app: Flask) -> None:
    """Look at the headers of every request."""
    app.before_request(_drop_ranges)
    app.before_request(_drop_impossible_dates)
    app.after_request(_offer_no_ranges)


def _drop_ranges() -> None:
    for name in RANGES:
        request.environ.pop(name, None)


def _drop_impossible_dates() -> None:
    for name in DATES:
        try:
            parse_date(request.environ.get(name))
        except OverflowError:  # the year 10^14, for example
            del request.environ[name]


def _offer_no_ranges(response: Response) -> Response:
    if response.accept_ranges:
        response.accept_ranges = "none"
    return response
