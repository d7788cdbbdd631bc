"""What the gallery shows, and in which order: a card for every country and every saved flag.

static/js/model/collection.js goes on from there, by the same rules.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, Self

from flagdl.download.store import SavedFlag
from flagdl.history.writer import HistoryError
from flagdl.model.codes import countries
from flagdl.web import choices
from flagdl.web.dashboard import dashboard
from flagdl.web.languages import country_name

# As in the gallery's data: a code's name and continent, how it is searched, and its flag if saved.
Card = dict[str, Any]

SORTS = ("name", "code", "newest", "size")
SHOWS = ("all", "saved", "missing")
NO_CONTINENT = "none"


class View(NamedTuple):
    """What the gallery's address asks for; what makes no sense in it is left out."""

    q: str
    continent: str
    sort: str
    show: str

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Self:
        """Read a query string."""

        def one_of(name: str, allowed: tuple[str, ...]) -> str:
            return value if (value := query.get(name)) in allowed else allowed[0]

        return cls(
            q=query.get("q", ""),
            continent=one_of("continent", ("", *choices.continents(), NO_CONTINENT)),
            sort=one_of("sort", SORTS),
            show=one_of("show", SHOWS),
        )

    def find(self, cards: list[Card]) -> list[Card]:
        """Return the cards that search and continent let through."""
        query = plain(self.q)
        return [
            card
            for card in cards
            if self.continent in ("", card["continent"] or NO_CONTINENT) and query in card["text"]
        ]

    def shows(self, card: Card) -> bool:
        """Whether a card that was found is in sight."""
        return self.show in ("all", "saved" if card["flag"] else "missing")

    def order(self, cards: list[Card]) -> list[Card]:
        """Return cards, which come by name, in the order asked for: what is saved comes first."""
        match self.sort:
            case "code":
                cards = sorted(cards, key=lambda card: str(card["cc"]))
            case "newest":
                cards = sorted(cards, key=lambda card: _of_flag(card, "saved_at", ""), reverse=True)
            case "size":
                cards = sorted(cards, key=lambda card: _of_flag(card, "bytes", 0), reverse=True)
        return sorted(cards, key=lambda card: card["flag"] is None)


def collection(view: View) -> dict[str, Any]:
    """Return what the gallery's page needs to show a view."""
    cards = view.order(_cards())
    found = view.find(cards)
    saved = [card["cc"] for card in cards if card["flag"]]
    found_saved = [card["cc"] for card in found if card["flag"]]
    counts = (len(found), len(found_saved), len(found) - len(found_saved))
    return {
        "view": view,
        "cards": cards,
        "shown": {card["cc"] for card in found if view.shows(card)},
        "saved": len(saved),
        "found": dict(zip(SHOWS, counts, strict=True)),
        "zipped": found_saved if found_saved != saved else [],
        "continents": choices.continents(),
        "pop20": choices.pop20(),
    }


def flag_rows() -> list[dict[str, Any]]:
    """Return every saved flag as the API has it, in order of code."""
    savers = _savers()
    return [_row(flag, savers.get(flag.cc)) for flag in dashboard().store]


def plain(text: str) -> str:
    """Return a text as it is searched, as static/js/lib/search.js does."""
    return " ".join(choices.without_accents(text).replace("’", "'").lower().split())


def _cards() -> list[Card]:
    saved = {row["cc"]: row for row in flag_rows()}
    others = [_no_country(cc) for cc in saved if cc not in countries()]
    aliases = choices.other_names()
    return [
        _card(country, aliases.get(country["cc"], ""), saved.get(country["cc"]))
        for country in [*choices.country_rows(), *others]
    ]


def _card(country: dict[str, str], aliases: str, flag: dict[str, Any] | None) -> Card:
    text = plain(f"{country['name']} {aliases} {country['cc']} {country['capital']}")
    return {**country, "text": text, "flag": flag}


def _no_country(cc: str) -> dict[str, str]:
    return {"cc": cc, "name": "", "capital": "", "continent": ""}


def _row(flag: SavedFlag, job: str | None) -> dict[str, Any]:
    country = countries().get(flag.cc)
    saved_at = datetime.fromtimestamp(flag.saved_at / 1e9, UTC)
    return {
        "cc": flag.cc,
        "name": country_name(country) if country else "",
        "continent": country.continent if country else "",
        "bytes": flag.bytes,
        "width": flag.width,
        "height": flag.height,
        "saved_at": saved_at.isoformat(timespec="milliseconds"),
        "job": job,
        "url": f"/flags/{flag.cc.lower()}.gif?v={flag.saved_at}",
    }


def _savers() -> Mapping[str, str]:
    """Return which job saved which flag; without the history, the flags are there all the same."""
    try:
        return dashboard().registry.savers()
    except HistoryError:
        return {}


def _of_flag(card: Card, field: str, otherwise: Any) -> Any:
    return card["flag"][field] if card["flag"] else otherwise
