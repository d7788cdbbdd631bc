"""What the form and the API offer to choose from."""

import inspect
from dataclasses import asdict
from typing import Any

from flagdl.codes import POP20_CC, countries
from flagdl.servers import DEFAULT_SERVER, Servers, default_attempts
from flagdl.spec import DEFAULT_MAX_REQ
from flagdl.strategies import DEFAULT_STRATEGY, STRATEGIES

DEFAULTS = {
    "server": DEFAULT_SERVER,
    "strategy": DEFAULT_STRATEGY,
    "max_req": DEFAULT_MAX_REQ,
}


def country_rows() -> list[dict[str, Any]]:
    """Return every known country, in order of name."""
    return sorted((asdict(c) for c in countries().values()), key=lambda row: row["name"])


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
