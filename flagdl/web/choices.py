"""The choices that the form and the API offer: countries, servers, strategies."""

import inspect
import unicodedata
from dataclasses import asdict
from typing import Any

from flask_babel import gettext

from flagdl.download.servers import Servers
from flagdl.model.codes import POP20_CC, countries
from flagdl.model.embedded import DEFAULT_SERVER, LAB, default_attempts
from flagdl.model.lab import SETTINGS, Lab
from flagdl.model.spec import DEFAULT_MAX_REQ
from flagdl.strategies import DEFAULT_STRATEGY, STRATEGIES
from flagdl.web.languages import continent_name, country_name

DEFAULTS = {
    "server": DEFAULT_SERVER,
    "strategy": DEFAULT_STRATEGY,
    "max_req": DEFAULT_MAX_REQ,
    **vars(Lab()),
}


def country_rows() -> list[dict[str, Any]]:
    """Return every known country with its name in the reader's language, sorted by name."""
    rows = [{**asdict(c), "name": country_name(c)} for c in countries().values()]
    return sorted(rows, key=lambda row: without_accents(row["name"]))


def other_names() -> dict[str, str]:
    """Return the English names of each country that its shown name lacks, for the search."""
    others = {c: {c.name, country_name(c, "en")} - {country_name(c)} for c in countries().values()}
    return {country.cc: " ".join(sorted(names)) for country, names in others.items()}


def continents() -> dict[str, str]:
    """Return the continents of the API with their names in the reader's language, sorted."""
    known = {country.continent for country in countries().values() if country.continent}
    names = {continent: continent_name(continent) for continent in known}
    return dict(sorted(names.items(), key=lambda item: item[1]))


def pop20() -> list[str]:
    """Return the codes of the book's twenty most populous countries."""
    return sorted(POP20_CC)


def server_rows(servers: Servers) -> list[dict[str, Any]]:
    """Return every server: what it does, how often it is asked for a flag, LAB's settings."""
    settings = {
        name: {"most": setting.most, "default": DEFAULTS[name]}
        for name, setting in SETTINGS.items()
    }
    return [
        {
            "label": label,
            "summary": gettext(servers.summary(label)),
            "attempts": default_attempts(label),
            **({"settings": settings} if label == LAB else {}),
        }
        for label in servers
    ]


def strategy_rows() -> list[dict[str, Any]]:
    """Return every strategy with its docstring and its source code."""
    return [
        {
            "name": name,
            "summary": gettext(inspect.getdoc(strategy) or name).replace("`", ""),
            "source": inspect.getsource(strategy),
        }
        for name, strategy in STRATEGIES.items()
    ]


def without_accents(name: str) -> str:
    """Return a name without its accents, to sort and search it: Åland is among the A."""
    return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
