"""The parts of the dashboard that create_app() builds and the views use."""

from dataclasses import dataclass, field
from typing import cast

from flask import current_app

from flagdl.cluster.connection import Cluster
from flagdl.download.servers import Servers
from flagdl.download.store import FlagStore
from flagdl.history.history import History
from flagdl.jobs.broadcast import Broadcaster
from flagdl.jobs.registry import JobRegistry
from flagdl.settings import Settings
from flagdl.web.posted import PostedForms
from flagdl.web.server.watchers import Watchers

EXTENSION = "flagdl"


@dataclass(frozen=True)
class Dashboard:
    """The parts of one running dashboard; each is safe from any thread."""

    settings: Settings
    servers: Servers
    store: FlagStore
    history: History
    broadcaster: Broadcaster
    cluster: Cluster
    registry: JobRegistry
    watchers: Watchers
    posted_forms: PostedForms = field(default_factory=PostedForms)

    def close(self) -> None:
        """Stop everything, in the order of the pipeline; may be called twice."""
        self.watchers.stop_accepting()
        self.registry.close()
        self.broadcaster.close()
        self.watchers.close()
        self.history.close()
        self.servers.close()
        self.cluster.close()


def dashboard() -> Dashboard:
    """Return the parts of the app that handles this request."""
    return cast(Dashboard, current_app.extensions[EXTENSION])
