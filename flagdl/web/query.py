"""What a query string says."""

from http import HTTPStatus

from flask import request

from flagdl.web.problems import Problem


def whole_number(name: str, default: int, least: int = 0) -> int:
    """Return a number from the query string; raises Problem 400 where it is none."""
    text = request.args.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 19 and int(text) >= least):
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            "%(name)s must be a whole number from %(least)s up",
            name,
            name=name,
            least=least,
        )
    return int(text)
