"""What a call takes and answers, written beside its route with `@call`.

The description at /api/openapi.json is made of it, and other parameters are refused.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flagdl.web.api.schemas import Schema

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Parameter:
    """A value in the address of a call, in its query unless `place` says otherwise."""

    name: str
    description: str
    schema: Schema
    example: Any = None
    required: bool = False
    place: str = "query"


@dataclass(frozen=True)
class Answer:
    """An answer that is not a problem: `content` is its type, or None if it is not JSON."""

    description: str
    content: Any = None
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """A call: its parameters, its answers, and its body; an answer given as a text is a problem.

    `body` is a schema or a type.
    """

    parameters: tuple[Parameter, ...]
    answers: Mapping[int, Answer | str]
    body: Any = None


def call(
    *parameters: Parameter, answers: Mapping[int, Answer | str], body: Any = None
) -> Callable[[View], View]:
    """Describe a view as a call of the API."""

    def describe(view: View) -> View:
        vars(view)["call"] = Call(parameters, answers, body)
        return view

    return describe


def call_of(view: Callable[..., Any] | None) -> Call | None:
    """Return the description of a view; None if it is not a call."""
    return getattr(view, "call", None)
