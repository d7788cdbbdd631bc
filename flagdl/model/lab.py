"""The settings of the flag server LAB, which a job chooses."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flagdl.model.embedded import N_
from flagdl.model.parsing import decimal_number, whole_number
from flagdl.model.reading import SpecError, is_integer


class Setting(NamedTuple):
    """A number from 0 to `most`."""

    most: int
    whole: bool = False

    def accepts(self, value: object) -> bool:
        """Return whether the setting can have this value; NaN is out of range."""
        if is_integer(value) or (isinstance(value, float) and not self.whole):
            return 0 <= value <= self.most
        return False

    def read(self, text: str) -> float | None:
        """Return the number in a text, also one out of range; None for any other text."""
        return whole_number(text) if self.whole else decimal_number(text)


SETTINGS = {
    "delay": Setting(5),
    "spread": Setting(1),
    "errors": Setting(1),
    "seed": Setting(999_999_999, whole=True),
}


@dataclass(frozen=True)
class Lab:
    """LAB's settings. Raises SpecError where one is not a number, or out of range.

    An answer takes `delay` × (1 + `spread` × u) seconds, and the part `errors` of the answers is
    503. `seed` chooses the draw of u, between -1 and 1, and of the errors.
    """

    delay: float = 0.5
    spread: float = 0.5
    errors: float = 0.1
    seed: int = 1

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            setting = SETTINGS[name]
            if not setting.accepts(value):
                number = N_("must be a number from 0 to %(most)s")
                whole = N_("must be a whole number from 0 to %(most)s")
                raise SpecError(name, whole if setting.whole else number, most=setting.most)

    @property
    def slowest(self) -> float:
        """Seconds that the slowest answer may take."""
        return self.delay * (1 + self.spread)

    @property
    def query(self) -> str:
        """The settings as the query of an address."""
        return urlencode(vars(self))

    def redrawn(self) -> "Lab":
        """Return the same settings with the next seed; 0 follows the largest."""
        return replace(self, seed=(self.seed + 1) % (SETTINGS["seed"].most + 1))

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> "Lab":
        """Return the settings that a query gives; the others are as by default."""
        given: dict[str, Any] = {
            name: setting.read(texts[name]) for name, setting in SETTINGS.items() if name in texts
        }
        return cls(**given)
