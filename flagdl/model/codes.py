"""Country codes: the book's top 20, all countries, and how arguments expand to codes."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from itertools import product
from string import ascii_uppercase
from types import MappingProxyType

# By population, as in the book.
POP20_CC = tuple(
    "CN IN US ID BR PK NG BD RU JP MX PH VN ET EG DE IR TR CD FR".split()  # noqa: SIM905
)


class Selection(StrEnum):
    """What a job asks for: some codes, or one of the book's lists."""

    CODES = "codes"
    POP20 = "pop20"
    ALL = "all"
    EVERY = "every"


class NoCode(ValueError):
    """`arg` is neither a code nor a letter that stands for 26."""

    def __init__(self, arg: str) -> None:
        super().__init__(f"{arg!r} is not a code")
        self.arg = arg


@dataclass(frozen=True, slots=True)
class Country:
    """A country whose flag exists: `cc` is its code of two capitals, as in or like ISO 3166-1."""

    cc: str
    name: str
    capital: str
    continent: str


@cache
def countries() -> Mapping[str, Country]:
    """Return every known country by code, in order of code (source: flag-icons, MIT)."""
    rows = json.loads(files(__package__).joinpath("countries.json").read_text("utf-8"))
    return MappingProxyType({row["cc"]: Country(**row) for row in rows})


def expand_codes(
    selection: Selection, cc_args: Iterable[str] = (), limit: int | None = None
) -> tuple[str, ...]:
    """Return the codes of a selection, sorted and unique, the first `limit` of them.

    An argument is a code, or a letter that stands for its 26 codes, in either case.
    Raises NoCode where an argument is neither.
    """
    match selection:
        case Selection.EVERY:
            codes = {a + b for a, b in product(ascii_uppercase, repeat=2)}
        case Selection.ALL:
            codes = set(countries())
        case Selection.POP20:
            codes = set(POP20_CC)
        case _:
            codes = {code for arg in cc_args for code in _expand(arg)}
    return tuple(sorted(codes)[:limit])


def is_code_or_letter(arg: str) -> bool:
    """Return whether `arg` can be a code, or stand for 26 of them."""
    # Checked before upper(), which turns "ı" into "I" and "ﬁ" into "FI".
    return arg.isascii() and arg.isalpha() and len(arg) <= 2


def is_code(value: object) -> bool:
    """Return whether a value is a code as jobs have it: two capitals from A to Z."""
    return (
        isinstance(value, str) and len(value) == 2 and is_code_or_letter(value) and value.isupper()
    )


def _expand(arg: str) -> list[str]:
    if not is_code_or_letter(arg):
        raise NoCode(arg)
    return [arg.upper() + letter for letter in ascii_uppercase] if len(arg) == 1 else [arg.upper()]
