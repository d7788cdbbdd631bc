"""What the address of a request names: a job, a number in the query."""

from http import HTTPStatus
from typing import TypeVar

from flask import request

from flagdl.model.embedded import N_
from flagdl.model.parsing import whole_number
from flagdl.web.problems import Problem

T = TypeVar("T")


def job_or_404(job_id: str, found: T | None) -> T:
    """Return `found`; raises Problem 404 if it is None: the job does not exist."""
    if found is None:
        raise Problem(HTTPStatus.NOT_FOUND, "There is no job %(id)s.", id=job_id)
    return found


def number_in_query(name: str, default: int, least: int = 0) -> int:
    """Return a whole number from the query; raises Problem 400 if it is not one, or too small."""
    number = whole_number(request.args.get(name, str(default)))
    if number is None or number < least:
        detail = N_("%(name)s must be a whole number, %(least)s or more.")
        raise Problem(HTTPStatus.BAD_REQUEST, detail, name, name=name, least=least)
    return number
