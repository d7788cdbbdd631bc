"""What a query string says."""

from http import HTTPStatus

from flask import request

from flagdl.model.numbers import whole_number
from flagdl.web.problems import Problem


def number_in_query(name: str, default: int, least: int = 0) -> int:
    """Return a number from the query string; raises Problem 400 where it is none."""
    number = whole_number(request.args.get(name, str(default)))
    if number is None or number < least:
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            "%(name)s must be a whole number from %(least)s up",
            name,
            name=name,
            least=least,
        )
    return number
