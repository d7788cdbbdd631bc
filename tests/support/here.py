"""A dashboard in this process, for tests with their own settings or changes: no new Python starts.

Tests of signals, memory or a crash need a dashboard in a process of its own: see `running`.
"""

import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from flagdl.origin.process import OriginProcess
from flagdl.settings import Settings
from tests.support.running import WITHIN, RunningDashboard

if TYPE_CHECKING:
    from flask import Flask


class LastingOrigin(OriginProcess):
    """Flag servers for many owners: they start when the first owner needs them, and outlive it."""

    def start(self) -> None:
        """Leave it to `urls()`."""

    def close(self) -> None:
        """Leave it to `end()`."""

    def end(self) -> None:
        super().close()


class DashboardHere(RunningDashboard):
    """Serves from threads of this process; `change` gets the app before its first request."""

    def __init__(
        self,
        directory: Path,
        origin: OriginProcess,
        change: "Callable[[Flask], object]" = lambda _: None,
        **settings: Any,
    ) -> None:
        super().__init__(directory, **settings)
        self._origin, self._change = origin, change
        self._close_app: Callable[[], object] = lambda: None

    @property
    def pid(self) -> int:
        return os.getpid()

    def start(self) -> None:
        # Imported late: conftest.py imports this module, and most runs need no app.
        from app import close_app, create_app
        from flagdl.web.dashboard import EXTENSION
        from flagdl.web.server.serving import THREADS_FOR_PAGES, Server, address, listen

        settings = Settings.from_environment(self.environment)
        listener = listen(settings.host, settings.port)
        self.url = address(listener)
        self._server = Server(listener, settings.max_watchers + THREADS_FOR_PAGES)
        self._kept = Kept(self.log)
        logging.getLogger().addHandler(self._kept)
        with patch("flagdl.download.servers.OriginProcess", lambda: self._origin):
            app = create_app(settings)
        self._change(app)
        self._close_app = lambda: close_app(app)
        make_room = app.extensions[EXTENSION].watchers.make_room
        self._thread = threading.Thread(target=self._server.serve, args=[app, make_room])
        self._thread.start()

    def stop(self, number: int = 0) -> int:
        """End it as a signal would."""
        self._server.stop()
        self._thread.join(WITHIN)
        self._close_app()
        self._server.close()
        logging.getLogger().removeHandler(self._kept)
        return 0


class Kept(logging.Handler):
    """Keeps what is logged."""

    def __init__(self, log: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        self._log.append(self.format(record))
