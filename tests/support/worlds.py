"""Jobs without a process of their own: a registry with all that it needs, and a watcher."""

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from flagdl.download.servers import Servers
from flagdl.download.store import FlagStore
from flagdl.history.history import History
from flagdl.history.writer import RETRY_INTERVAL
from flagdl.jobs.broadcast import Broadcaster
from flagdl.jobs.registry import JobRegistry
from flagdl.model.events import Event
from flagdl.model.spec import JobSpec
from tests.support.hostile import PATIENT
from tests.support.running import wait_for


def spec(*codes: str, server: str = "GATE", max_req: int = 30) -> JobSpec:
    return JobSpec(codes or ("BR", "CN", "FR"), server, "as_completed", max_req, 1)


class World:
    """A registry with everything around it, below a directory; `servers` are the user's own."""

    def __init__(
        self,
        directory: Path,
        servers: Mapping[str, str],
        retry_interval: float = RETRY_INTERVAL,
        **limits: Any,
    ) -> None:
        self.store = FlagStore(directory / "downloads")
        self.servers = Servers(servers)
        self.history = History(directory / "history.sqlite3", retry_interval=retry_interval)
        self.broadcaster = Broadcaster(encode)
        self.registry = JobRegistry(
            self.servers,
            self.store,
            self.history,
            self.broadcaster,
            **{"max_running": 4, "max_waiting": 20, "max_jobs": 1000, "limits": PATIENT, **limits},
        )

    def close(self) -> None:
        self.registry.close()
        self.broadcaster.close()
        self.history.close()
        self.servers.close()

    def submit(self, *codes: str, **options: Any) -> str:
        return str(self.registry.submit(spec(*codes, **options))["id"])

    def get(self, job_id: str) -> dict[str, Any]:
        return {**self.registry.get(job_id)}

    @contextmanager
    def without_logs(self) -> Iterator[None]:
        """Take the events out of the history for a block."""
        with closing(sqlite3.connect(self.history.path)) as connection:
            connection.execute("ALTER TABLE events RENAME TO gone")
            yield
            connection.execute("ALTER TABLE gone RENAME TO events")

    def ended(self, job_id: str) -> dict[str, Any]:
        """Wait until nothing of a job is live any more."""
        wait_for(lambda: job_id not in self.registry._scheduler.live())
        return self.get(job_id)

    def reached(self, job_id: str, seq: int) -> None:
        wait_for(lambda: self.get(job_id)["seq"] >= seq)


class Browser:
    """A sink that folds what it gets into (number, state), and fails at a gap or a repetition."""

    def __init__(self) -> None:
        self.seq = -1
        self.state = ""
        self.heard = 0
        self.over = threading.Event()
        self.complaints: list[str] = []

    def greet(self, greeting: dict[str, Any], since: int | None) -> None:
        if greeting["type"] == "snapshot":
            self.seq = greeting["job"]["seq"]
            self.state = greeting["job"]["state"]
            self.heard += 1
        else:
            assert since is not None
            self.seq = since
            self._take(greeting["events"])

    def send(self, message: bytes) -> None:
        data = json.loads(message)
        if isinstance(data, dict):
            self.greet(data["greeting"], data["since"])
        else:
            self._take(data)

    def end(self) -> None:
        self.over.set()

    def _take(self, events: list[dict[str, Any]]) -> None:
        for event in events:
            if event["seq"] != self.seq + 1:
                self.complaints.append(f"{event['seq']} after {self.seq}")
            self.seq = event["seq"]
            self.heard += 1
            self.state = {"job_started": "running"}.get(event["type"], event.get("state", ""))


def encode(events: Sequence[Event]) -> bytes:
    return json.dumps([event.to_dict() for event in events]).encode()


def assert_accounted_for(job: Mapping[str, Any]) -> None:
    assert sum(job["counts"].values()) == job["total"] == len(job["items"])
    assert not {item["status"] for item in job["items"]} & {"pending", "running"}
