"""The lesson in four steps: guess, run two jobs, compare them, and read what answers the guess."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, NamedTuple

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from flagdl.model.embedded import LAB, N_
from flagdl.model.spec import parse_spec
from flagdl.web.api.calls import Parameter
from flagdl.web.arguments import whole
from flagdl.web.dashboard import dashboard
from flagdl.web.problems import Problem

tour = Blueprint("tour", __name__, url_prefix="/lesson")

STEP = Parameter("step", "A step of the lesson.", whole(default=0))

TEN = MappingProxyType({"select": "pop20", "limit": 10, "server": "DELAY"})
# With this seed, the first of the ten takes longest.
UNEVEN = {**TEN, "server": LAB, "delay": 0.5, "spread": 1, "errors": 0, "seed": 60, "max_req": 10}


class Step(NamedTuple):
    """A question with answers to choose from, in seconds, and two jobs that answer it.

    The answer is a figure of one job: see js/model/tour.js.
    """

    name: str
    question: str
    guesses: tuple[float, ...]
    jobs: tuple[Mapping[str, Any], Mapping[str, Any]]


STEPS = (
    Step(
        N_("One at a time"),
        N_("Ten flags, one after another. Each takes half a second. How long will it take?"),
        (0.5, 2.5, 5),
        ({**TEN, "limit": 5, "strategy": "sequential"}, {**TEN, "strategy": "sequential"}),
    ),
    Step(
        N_("Five at once"),
        N_("The same ten flags, five at once. How long will it take?"),
        (0.5, 1, 5),
        ({**TEN, "strategy": "sequential"}, {**TEN, "max_req": 5}),
    ),
    Step(
        N_("Who waits for whom?"),
        N_(
            "Ten at once. Some take longer, the first of all almost a second."
            " When does map hand over its first result?"
        ),
        (0.05, 0.5, 1),
        ({**UNEVEN, "strategy": "map"}, {**UNEVEN, "strategy": "as_completed"}),
    ),
    Step(
        N_("Where is the floor?"),
        N_("Ten flags of half a second, now ten at once. How long will it take?"),
        (0.1, 0.25, 0.5),
        ({**TEN, "max_req": 5}, {**TEN, "max_req": 10}),
    ),
)


@tour.post("/<int:number>")
def start(number: int) -> Response:
    """Start the two jobs of a step, and compare them; `guess` is what the reader expects."""
    if not 1 <= number <= len(STEPS):
        raise Problem(HTTPStatus.NOT_FOUND, "There is no step %(number)s.", number=number)
    registry, servers = dashboard().registry, dashboard().servers
    specs = [parse_spec(options, servers) for options in STEPS[number - 1].jobs]
    ids = dashboard().posted_forms.start_once(lambda: registry.submit_all(specs, in_turn=False))
    guess = request.form.get("guess", "")
    return redirect(
        url_for("many.compare", job=ids, step=number, guess=guess), HTTPStatus.SEE_OTHER
    )
