"""What the views work with: the parts that create_app() has built."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from flask import current_app

from flagdl.broadcast import Broadcaster
from flagdl.codes import countries
from flagdl.history import History
from flagdl.jobs import JobRegistry
from flagdl.servers import Servers
from flagdl.settings import Settings
from flagdl.storage import FlagStore, SavedFlag
from flagdl.web.languages import country_name
from flagdl.web.watchers import Watchers

EXTENSION = "flagdl"


@dataclass(frozen=True)
class Dashboard:
    """The parts of one running dashboard; each is safe from any thread."""

    settings: Settings
    servers: Servers
    store: FlagStore
    history: History
    broadcaster: Broadcaster
    registry: JobRegistry
    watchers: Watchers

    def close(self) -> None:
        """Stop everything, in the order of the pipeline; may be called twice."""
        self.watchers.begin_to_close()
        self.registry.close()
        self.broadcaster.close()
        self.watchers.close()
        self.history.close()
        self.servers.close()


def dashboard() -> Dashboard:
    """Return the parts of the app that handles this request."""
    return cast(Dashboard, current_app.extensions[EXTENSION])


def flag_to_dict(flag: SavedFlag) -> dict[str, Any]:
    """Return a saved flag as the API has it; a code that is no country's has no name."""
    country = countries().get(flag.cc)
    return {
        "cc": flag.cc,
        "name": country_name(country) if country else "",
        "continent": country.continent if country else "",
        "bytes": flag.bytes,
        "width": flag.width,
        "height": flag.height,
        "saved_at": datetime.fromtimestamp(flag.saved_at, UTC).isoformat(timespec="seconds"),
    }
