"""Reading values from JSON: each has the right type, or a ValueError names the wrong one.

A file can hold anything. The rest of the code trusts what was read here.
"""

import json
import math
from collections.abc import Callable, Hashable, Mapping
from datetime import datetime
from functools import cache
from typing import Any, TypeGuard, TypeVar, cast, get_args, get_type_hints

LARGEST = 2**53 - 1  # JavaScript's whole numbers end here
T = TypeVar("T")


class SpecError(ValueError):
    """An option can't be used: `field` is the option's name, `detail` what it must be.

    `template` is the detail with places for its `values`, as a translation needs it.
    """

    def __init__(self, field: str, template: str, **values: object) -> None:
        self.field = field
        self.template = template
        self.values = values
        self.detail = template % values if values else template
        super().__init__(f"{field} {self.detail}")


def read_object(text: object) -> dict[str, Any]:
    """Return the JSON object that a text contains; raises ValueError."""
    if not isinstance(text, str):
        raise ValueError("it is not a text")
    try:
        value = json.loads(text)
    except RecursionError as exc:
        raise ValueError("the JSON is nested too deeply") from exc
    if not isinstance(value, dict):
        raise ValueError("the JSON is not an object")
    return value


def checked(cls: type[T], values: Mapping[str, Any]) -> T:
    """Return `cls(**values)`, of a class with annotated fields; raises TypeError or ValueError.

    Checks whole numbers, numbers and texts, which may be None where the field may be. Numbers are
    not negative.
    """
    for name, is_right in _checks(cast(Hashable, cls)).items():
        if name in values and not is_right(values[name]):
            raise ValueError(f"{name} can't be {values[name]!r:.80}")
    return cls(**values)


def timestamp(moment: datetime) -> str:
    """Return a moment in UTC as JSON has it."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_moment(text: object) -> str:
    """Return a moment that `timestamp()` wrote; raises ValueError."""
    moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    # The limits of the year: in other time zones, too, Python must be able to show the date.
    if moment is None or timestamp(moment) != text or not 1970 <= moment.year < 9999:
        raise ValueError(f"created_at can't be {text!r:.80}")
    return text


def is_integer(value: object) -> TypeGuard[int]:
    """Return whether a value is a whole number. Python counts True as an int; we do not."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_whole(value: object) -> bool:
    """Return whether a value is a whole number from 0 to the largest one in JavaScript."""
    return is_integer(value) and 0 <= value <= LARGEST


def _is_number(value: object) -> bool:
    is_float = isinstance(value, float) and math.isfinite(value) and 0 <= value <= LARGEST
    return is_float or is_whole(value)


def _is_text(value: object) -> bool:
    """Whether a value is a text that can be sent: half a surrogate pair can't."""
    return isinstance(value, str) and value.encode(errors="replace").decode() == value


CHECKS: Mapping[object, Callable[[object], bool]] = {
    int: is_whole,
    float: _is_number,
    str: _is_text,
    type(None): lambda value: value is None,
}


@cache
def _checks(cls: Any) -> dict[str, Callable[[object], bool]]:
    checks = {}
    for name, hint in get_type_hints(cls).items():
        kinds = get_args(hint) or (hint,)
        if CHECKS.keys() >= set(kinds):
            checks[name] = _any_of([CHECKS[kind] for kind in kinds])
    return checks


def _any_of(checks: list[Callable[[object], bool]]) -> Callable[[object], bool]:
    return checks[0] if len(checks) == 1 else lambda value: any(check(value) for check in checks)
