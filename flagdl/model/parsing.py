"""Reading numbers from texts of people and programs."""

import re

LARGEST_NUMBER = 10**18 - 1
DECIMAL = re.compile(r"-?(\d+(\.\d+)?|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


def whole_number(text: str) -> int | None:
    """Return the whole number in `text`, of up to 18 ASCII digits; None for any other text."""
    # int() alone would take "1_000", " 1" and digits of other scripts, and raise for 5,000 of them.
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= 18 else None


def decimal_number(text: str) -> float | None:
    """Return the number in `text`, in ASCII digits like "0.2" or "1e-7"; None for any other text.

    A number too large for a float is infinite.
    """
    # float() alone would take "1_0", " 1", "nan" and digits of other scripts.
    return float(text) if DECIMAL.fullmatch(text) else None
