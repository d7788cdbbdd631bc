"""Whole numbers in texts that people and programs give us."""


def whole_number(text: str) -> int | None:
    """Return the whole number that `text` is, of up to 18 ASCII digits; None where it is none."""
    # int() alone would take "1_000", " 1" and digits of other scripts, and raise for 5,000 of them.
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= 18 else None
