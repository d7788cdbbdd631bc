"""How well a search fits a country: one rule for the picker and the gallery.

static/js/lib/search.js has the same rule for open pages. tests/fixtures/search.json has the cases
that both must pass.
"""

import math
import re
import unicodedata
from collections.abc import Sequence
from typing import TypedDict

APOSTROPHES_AND_POINTS = re.compile(r"['’‘ʼʻʹʿ`´.·]")
BETWEEN_WORDS = re.compile(r"[\W_]+")
IGNORED = {"and", "the"}


class Terms(TypedDict):
    """The names of a country, as plain texts; the first of `names` and of `capitals` is shown.

    `codes` has abbreviations, too. `cities` has the names of the capitals and of the largest city
    in other languages. A search must match a whole code or a whole city.
    """

    codes: Sequence[str]
    names: Sequence[str]
    capitals: Sequence[str]
    cities: Sequence[str]


def plain(text: str) -> str:
    """Return a text in lower case without accents, apostrophes, punctuation, "and" and "the"."""
    letters = (c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c)[0] != "M")
    joined = APOSTROPHES_AND_POINTS.sub("", "".join(letters).lower()).replace("&", " and ")
    words = BETWEEN_WORDS.sub(" ", joined).split()
    return " ".join([word for word in words if word not in IGNORED] or words)


def rank(terms: Terms, query: str) -> float:
    """Return how well a plain query fits: a lower number is better, infinite is no match.

    The best is a whole name. Then come the start of a name; words of a name; a name with more
    behind it ("Iran, Islamic Republic of"); a part of the name that is shown. At each step,
    capitals come after names. Between equals, the shown name comes first, then the shorter one.
    """
    if not query or _joined(query) in terms["codes"]:
        return 0
    city = 1.9 if query in terms["cities"] else math.inf
    return min(_best(terms["names"], query), _best(terms["capitals"], query) + 1, city)


def _best(texts: Sequence[str], query: str) -> float:
    ranks = (
        2 * _fit(text, query, shown=at == 0) + min(at, 1) / 2 + len(text) / 1000
        for at, text in enumerate(texts)
    )
    return min(ranks, default=math.inf)


def _fit(text: str, query: str, *, shown: bool) -> float:
    # "timorleste" is as good as "timor leste".
    if _joined(text).startswith(_joined(query)):
        return 0 if _joined(text) == _joined(query) else 1
    if len(query) <= len(text) and _has_words(text, query.split()):
        return 2
    if text and query.startswith(f"{text} "):
        return 3
    return 4 if shown and query in text else math.inf


def _has_words(text: str, wanted: Sequence[str]) -> bool:
    """Return whether each wanted word begins a different word of the text, in any order."""
    left = text.split()
    for start in wanted:
        word = next((word for word in left if word.startswith(start)), None)
        if word is None:
            return False
        left.remove(word)
    return True


def _joined(text: str) -> str:
    return text.replace(" ", "")
