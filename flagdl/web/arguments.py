"""Reading what a request names, a job or a number, and refusing contradictions."""

from collections import Counter
from collections.abc import Iterable
from http import HTTPStatus

from flask import current_app, request
from werkzeug.datastructures import MultiDict

from flagdl.model.embedded import N_
from flagdl.model.parsing import LARGEST_NUMBER, whole_number
from flagdl.web.api.calls import Parameter, call_of
from flagdl.web.api.schemas import Schema
from flagdl.web.problems import Problem

Texts = MultiDict[str, str]

REPEATED = ("cc", "codes", "job", "race")  # they may have several values


def check_arguments() -> None:
    """Refuse fields of forms that are given twice; in calls, also repeated or unknown parameters.

    Raises Problem 400, which names the field.
    """
    _refuse_second_values(request.form)
    call = call_of(current_app.view_functions.get(request.endpoint or ""))
    if call is None:
        return  # the address of a page may have any parameters
    _refuse_second_values(request.args)
    known = [parameter.name for parameter in call.parameters if parameter.place == "query"]
    for name in request.args:
        # Without this, a zip of "CC=BR" would have all flags.
        if name not in known:
            raise _refusal(N_("There is no parameter %(name)s here."), name)


def refuse_repeated(names: Iterable[str]) -> None:
    """Raise Problem 400 if a name is there twice: one of its values would not count."""
    for name, times in Counter(names).items():
        if times > 1:
            raise _refusal(N_("%(name)s is given more than once."), name)


def whole(least: int = 0, **more: int) -> Schema:
    """Return the schema of a whole number in the query."""
    return {"type": "integer", "minimum": least, "maximum": LARGEST_NUMBER, **more}


def number_in_query(parameter: Parameter, default: int = 0) -> int:
    """Return a whole number from the query; raises Problem 400 if it is not one, or too small."""
    name, schema = parameter.name, parameter.schema
    least = schema["minimum"]
    number = whole_number(request.args.get(name, str(schema.get("default", default))))
    if number is None or number < least:
        detail = N_("%(name)s must be a whole number, %(least)s or more.")
        raise Problem(HTTPStatus.BAD_REQUEST, detail, name, name=name, least=least)
    return number


def _refuse_second_values(fields: Texts) -> None:
    names = (name for name, _ in fields.items(multi=True))
    refuse_repeated(name for name in names if name not in REPEATED)


def _refusal(detail: str, name: str) -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, detail, name, name=name)
