"""A flag on its way to a cluster and back, and who gets the reports about it."""

from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

from flagdl.cluster.worker import Parcel
from flagdl.download import downloader
from flagdl.model.events import DownloadStatus, FlagResult


class Reporter(downloader.Reporter, Protocol):
    """A reporter that is also told where a flag is fetched, and when that began."""

    def flag_started(self, cc: str, worker: int, at: float = ..., place: str = ...) -> float:
        """A worker has taken a code; returns the time."""


class Run(NamedTuple):
    """What is known of a flag that a worker has taken; `started` is on the job's clock."""

    lane: int
    started: float


@dataclass(eq=False)
class Flag:
    """A code and its future; owned by the fleet's thread.

    `remote` is its call on the cluster; `run` is set when a worker has taken it. `attempts` counts
    the attempts known to have begun, `begun` is when its time began, `losses` counts dead workers.
    """

    cc: str
    future: Future[FlagResult] = field(default_factory=Future)
    remote: Future[Parcel] | None = None
    run: Run | None = None
    attempts: int = 0
    begun: float | None = None
    losses: int = 0

    def without_parcel(self, status: DownloadStatus, detail: str) -> FlagResult:
        """Return the result of a flag that no worker brings."""
        result = FlagResult(self.cc, status, detail, attempts=self.attempts)
        if self.run:
            result = replace(result, worker=self.run.lane, started=self.run.started)
        return result
