"""The choices that the form and the API offer: countries, servers, strategies."""

import inspect
import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, NotRequired, TypedDict

from flask_babel import gettext

from flagdl.download.servers import Servers
from flagdl.model.codes import POP20_CC, countries
from flagdl.model.embedded import DEFAULT_SERVER, LAB, default_attempts
from flagdl.model.lab import SETTINGS, Lab
from flagdl.model.search import Terms, plain
from flagdl.model.spec import CLUSTER, DEFAULT_MAX_REQ, THREADS
from flagdl.strategies import DEFAULT_STRATEGY, STRATEGIES
from flagdl.web.assets import STATIC
from flagdl.web.languages import country_name, language

# Made by `make names`; the pages import it, too.
NAMES_FILE = STATIC / "js/model/names.js"
POP20 = sorted(POP20_CC)  # the book's twenty most populous countries
DEFAULTS = {
    "server": DEFAULT_SERVER,
    "strategy": DEFAULT_STRATEGY,
    "executor": THREADS,
    "max_req": DEFAULT_MAX_REQ,
    **vars(Lab()),
}
# The page's default job takes two seconds, not a tenth, so that it can be watched.
PAGE_DEFAULTS = DEFAULTS | {"server": "DELAY", "max_req": 5}


class CountryRow(TypedDict):
    """A country, with its name in the reader's language."""

    cc: str
    name: str
    capital: str
    continent: str


class Countries(TypedDict):
    """The countries, sorted by name."""

    countries: Sequence[CountryRow]
    pop20: Annotated[list[str], "The codes of the twenty most populous countries."]


class SettingRow(TypedDict):
    """A setting of LAB, from 0 on."""

    most: float
    default: float


class ServerRow(TypedDict):
    """A flag server."""

    label: str
    summary: Annotated[str, "What it does, in the reader's language."]
    attempts: Annotated[int, "How often a flag is tried, unless a job says otherwise."]
    settings: Annotated[NotRequired[Mapping[str, SettingRow]], "LAB's, by name."]


class ServerList(TypedDict):
    """The flag servers."""

    servers: list[ServerRow]
    default: str


class StrategyRow(TypedDict):
    """A strategy."""

    name: str
    summary: Annotated[str, "What it does, in the reader's language."]
    source: Annotated[str, "Its code, in Python."]


class Strategies(TypedDict):
    """The strategies."""

    strategies: list[StrategyRow]
    default: str


def country_rows() -> tuple[CountryRow, ...]:
    """Return every known country with its name in the reader's language, sorted by name."""
    return _country_rows(language())


@cache
def _country_rows(language: str) -> tuple[CountryRow, ...]:
    rows = [
        CountryRow(
            cc=c.cc,
            name=country_name(c, language),
            # No list has all capitals in another language.
            capital=c.capital if language == "en" else "",
            continent=c.continent,
        )
        for c in countries().values()
    ]
    return tuple(sorted(rows, key=lambda row: plain(row["name"])))


def terms(cc: str, name: str, capital: str) -> Terms:
    """Return the texts that a search compares with, for a code with this name and capital."""
    others = _names().get(cc) or Terms(codes=[], names=[], capitals=[], cities=[])
    return {
        **others,
        "names": [plain(name or cc), *others["names"]],
        "capitals": [plain(capital), *others["capitals"]],
    }


def server_rows(servers: Servers) -> list[ServerRow]:
    """Return every server: what it does, how often it is asked for a flag, LAB's settings."""
    rows: list[ServerRow] = [
        {
            "label": label,
            "summary": gettext(servers.summary(label)),
            "attempts": default_attempts(label),
        }
        for label in servers
    ]
    for row in rows:
        if row["label"] == LAB:
            row["settings"] = {
                name: {"most": setting.most, "default": DEFAULTS[name]}
                for name, setting in SETTINGS.items()
            }
    return rows


def strategy_rows() -> list[StrategyRow]:
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
    """Return the names of each country that are not shown: the module's value is JSON."""
    _head, _equals, value = NAMES_FILE.read_text("utf-8").partition(" = ")
    names: Mapping[str, Terms] = json.loads(value.removesuffix(";\n"))
    return names
