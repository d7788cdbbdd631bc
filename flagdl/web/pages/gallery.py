"""What the gallery shows: a card for every country and every saved flag.

static/js/model/collection.js has the same rules for an open page. tests/fixtures/gallery.json has
the cases that both must pass.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from math import inf
from typing import Annotated, Any, Self, TypedDict

from flask import url_for

from flagdl.download.store import SavedFlag
from flagdl.history.writer import HistoryError
from flagdl.model.codes import countries
from flagdl.model.search import plain, rank
from flagdl.web import choices
from flagdl.web.dashboard import dashboard
from flagdl.web.languages import continents, country_name

# A code with its name, its capital, its continent, and its flag or None.
Card = dict[str, Any]

SORTS = ("name", "code", "newest", "size")
SHOWS = ("all", "saved", "missing")
NO_CONTINENT = "none"
# A file can have a time before year 1 or after year 9999. A datetime can't.
FIRST, LAST = (datetime(*day, tzinfo=UTC).timestamp() for day in ((1, 1, 1), (9999, 12, 31)))
LONGEST_SEARCH = 100  # characters: each one is compared with the names of every card


class FlagRow(TypedDict):
    """A saved flag."""

    cc: str
    name: Annotated[str, "The country's, in the reader's language; empty for a code of none."]
    continent: str
    bytes: int
    width: Annotated[int, "Pixels."]
    height: int
    saved_at: Annotated[str, "ISO 8601, in UTC."]
    job: Annotated[str | None, "The job that saved it, if that is known."]
    url: Annotated[str, "Of the image; another image has another one."]


@dataclass(frozen=True)
class View:
    """Which cards the gallery shows, and in which order."""

    q: str
    continent: str
    sort: str
    show: str

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Self:
        """Read a query string; a value that is not allowed counts as the default."""

        def one_of(name: str, allowed: tuple[str, ...]) -> str:
            return value if (value := query.get(name)) in allowed else allowed[0]

        return cls(
            q=query.get("q", "")[:LONGEST_SEARCH],
            continent=one_of("continent", ("", *continents(), NO_CONTINENT)),
            sort=one_of("sort", SORTS),
            show=one_of("show", SHOWS),
        )

    def finds(self, card: Card) -> bool:
        """Whether a card matches the search and the continent."""
        fits = self.continent in ("", card["continent"] or NO_CONTINENT)
        return fits and self._rank(card) < inf

    def shows(self, card: Card) -> bool:
        """Whether a card is visible: found, and saved or missing as asked for."""
        return self.show in ("all", "saved" if card["flag"] else "missing") and self.finds(card)

    def order(self, cards: list[Card]) -> list[Card]:
        """Return cards, given in order of name, in the order asked for; saved ones come first.

        In a search, the order of name is replaced: the best fit comes first, saved or not.
        """
        if self.sort == "name" and self._query:
            return sorted(cards, key=self._rank)
        if self.sort == "code":
            cards = sorted(cards, key=lambda card: str(card["cc"]))
        saved = [card for card in cards if card["flag"]]
        if self.sort == "newest":
            saved.sort(key=lambda card: str(card["flag"]["saved_at"]), reverse=True)
        elif self.sort == "size":
            saved.sort(key=lambda card: int(card["flag"]["bytes"]), reverse=True)
        return saved + [card for card in cards if not card["flag"]]

    @cached_property
    def _query(self) -> str:
        return plain(self.q)

    def _rank(self, card: Card) -> float:
        terms = choices.terms(card["cc"], card["name"], card["capital"])
        return rank(terms, self._query)


def collection(view: View) -> dict[str, Any]:
    """Return what the gallery's page needs to show a view."""
    cards = _cards()
    ordered = view.order(cards)
    found = [card for card in ordered if view.finds(card)]
    saved = [card["cc"] for card in ordered if card["flag"]]
    found_saved = [card["cc"] for card in found if card["flag"]]
    counts = (len(found), len(found_saved), len(found) - len(found_saved))
    return {
        "view": view,
        "longest_search": LONGEST_SEARCH,
        "cards": cards,
        "ordered": ordered,
        "shown": {card["cc"] for card in found if view.shows(card)},
        "saved": len(saved),
        "found": dict(zip(SHOWS, counts, strict=True)),
        "zipped": found_saved if found_saved != saved else [],
        "continents": continents(),
        "pop20": choices.POP20,
    }


def flag_rows() -> list[FlagRow]:
    """Return every saved flag as the API has it, in order of code."""
    savers = _savers()
    return [_row(flag, savers.get(flag.cc)) for flag in dashboard().store]


def _cards() -> list[Card]:
    """Return all cards in order of name; codes of no country come last."""
    saved = {row["cc"]: row for row in flag_rows()}
    others = [
        choices.CountryRow(cc=cc, name="", capital="", continent="")
        for cc in saved
        if cc not in countries()
    ]
    return [{**row, "flag": saved.get(row["cc"])} for row in [*choices.country_rows(), *others]]


def _row(flag: SavedFlag, job: str | None) -> FlagRow:
    country = countries().get(flag.cc)
    saved_at = datetime.fromtimestamp(min(max(flag.saved_at / 1e9, FIRST), LAST), UTC)
    return {
        "cc": flag.cc,
        "name": country_name(country) if country else "",
        "continent": country.continent if country else "",
        "bytes": flag.bytes,
        "width": flag.width,
        "height": flag.height,
        "saved_at": saved_at.isoformat(timespec="milliseconds"),
        "job": job,
        "url": url_for("flags.image", cc=flag.cc.lower(), v=flag.saved_at),
    }


def _savers() -> Mapping[str, str]:
    """Return which job saved each flag; without a history, nothing: the flags are still shown."""
    try:
        return dashboard().history.savers()
    except HistoryError:
        return {}
