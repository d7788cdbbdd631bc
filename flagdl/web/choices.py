"""The choices that the form and the API offer: countries, servers, strategies."""

import inspect
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from typing import Any

from flask_babel import gettext

from flagdl.download.servers import Servers
from flagdl.model.codes import POP20_CC, countries
from flagdl.model.embedded import DEFAULT_SERVER, LAB, default_attempts
from flagdl.model.lab import SETTINGS, Lab
from flagdl.model.search import Terms, plain
from flagdl.model.spec import CLUSTER, DEFAULT_MAX_REQ, THREADS
from flagdl.strategies import DEFAULT_STRATEGY, STRATEGIES
from flagdl.web.assets import STATIC
from flagdl.web.languages import continent_name, country_name, language

# Made by `make names`; the pages import it, too.
NAMES_FILE = STATIC / "js/model/names.js"
DEFAULTS = {
    "server": DEFAULT_SERVER,
    "strategy": DEFAULT_STRATEGY,
    "executor": THREADS,
    "max_req": DEFAULT_MAX_REQ,
    **vars(Lab()),
}
# The page starts with a run that can be watched: of two seconds, not of a tenth.
PAGE_DEFAULTS = DEFAULTS | {"server": "DELAY", "max_req": 5}


def country_rows() -> tuple[dict[str, Any], ...]:
    """Return every known country with its name in the reader's language, sorted by name."""
    return _country_rows(language())


@cache
def _country_rows(language: str) -> tuple[dict[str, Any], ...]:
    rows = [{**asdict(c), "name": country_name(c, language)} for c in countries().values()]
    if language != "en":  # no list has all capitals in another language
        rows = [row | {"capital": ""} for row in rows]
    return tuple(sorted(rows, key=lambda row: without_accents(row["name"])))


def terms(cc: str, name: str, capital: str) -> Terms:
    """Return what a search compares with, of a code whose name and capital are shown so."""
    others = _names().get(cc) or Terms(codes=[], names=[], capitals=[], cities=[])
    return {
        **others,
        "names": [plain(name or cc), *others["names"]],
        "capitals": [plain(capital), *others["capitals"]],
    }


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


def executor_rows(cluster: str) -> list[dict[str, str]]:
    """Return where workers can run; nothing if there is no cluster to choose."""
    if not cluster:
        return []
    elsewhere = gettext(
        "On the Dask cluster %(address)s. asyncio isn’t possible there: its tasks stay on one"
        " event loop.",
        address=cluster,
    )
    return [
        {"name": THREADS, "summary": gettext("In the dashboard’s process.")},
        {"name": CLUSTER, "summary": elsewhere},
    ]


@cache
def _names() -> Mapping[str, Terms]:
    """Return what each country is called beside what is shown: the module's value is JSON."""
    _head, _equals, value = NAMES_FILE.read_text("utf-8").partition(" = ")
    names: Mapping[str, Terms] = json.loads(value.removesuffix(";\n"))
    return names


def without_accents(name: str) -> str:
    """Return a name without its accents, to sort it: Åland is among the A."""
    return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
