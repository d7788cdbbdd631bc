"""What the form and the API offer to choose from."""

import inspect
import unicodedata
from dataclasses import asdict
from typing import Any

from flagdl.codes import POP20_CC, countries
from flagdl.servers import DEFAULT_SERVER, Servers, default_attempts
from flagdl.spec import DEFAULT_MAX_REQ
from flagdl.strategies import DEFAULT_STRATEGY, STRATEGIES
from flagdl.web.languages import continent_name, country_name

DEFAULTS = {
    "server": DEFAULT_SERVER,
    "strategy": DEFAULT_STRATEGY,
    "max_req": DEFAULT_MAX_REQ,
}


def country_rows() -> list[dict[str, Any]]:
    """Return every known country with its name in the reader's language, in order of name."""
    rows = [{**asdict(c), "name": country_name(c)} for c in countries().values()]
    return sorted(rows, key=lambda row: _without_accents(row["name"]))


def continents() -> dict[str, str]:
    """Return the continents' names in the reader's language by those in the API, in order."""
    known = {country.continent for country in countries().values() if country.continent}
    names = {continent: continent_name(continent) for continent in known}
    return dict(sorted(names.items(), key=lambda item: item[1]))


def pop20() -> list[str]:
    """Return the codes of the seed's twenty most populous countries."""
    return sorted(POP20_CC)


def server_rows(servers: Servers) -> list[dict[str, Any]]:
    """Return every server with what it does and how often a flag is tried there."""
    return [
        {"label": label, "summary": servers.summary(label), "attempts": default_attempts(label)}
        for label in servers
    ]


def strategy_rows() -> list[dict[str, Any]]:
    """Return every strategy with its first sentence and its code, read from the source."""
    return [
        {
            "name": name,
            "summary": (inspect.getdoc(strategy) or "").replace("`", ""),
            "source": inspect.getsource(strategy),
        }
        for name, strategy in STRATEGIES.items()
    ]


def _without_accents(name: str) -> str:
    """Return a name as it is sorted: Åland among the A."""
    return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
