"""What a process of the cluster does: it fetches a flag and checks it; the dashboard saves it.

Here times are seconds of this process's own clock.
"""

import socket
import threading
import time
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from distributed import get_worker

from flagdl.download.downloader import Downloader, Limits, Spent
from flagdl.download.servers import Server
from flagdl.download.standstill import Standstill
from flagdl.download.transport import CurlAdapter, Sockets
from flagdl.download.workers import Threads
from flagdl.model.events import FlagResult

# Jobs, more than run at once. Beyond that, the oldest is ended: its dashboard may have died.
REMEMBERED = 128


@dataclass(frozen=True)
class Order:
    """What a worker must know of a job; `topic` is where it reports."""

    job: str
    topic: str
    server: Server
    attempts: int
    limits: Limits


class Place(NamedTuple):
    """A process of the cluster: its address for the scheduler, its name for people."""

    address: str
    name: str


class Parcel(NamedTuple):
    """The result of a flag, and its checked image, which is empty unless it was fetched."""

    result: FlagResult
    image: bytes
    place: Place


class _Bag(dict[str, bytes]):
    """Where images wait to be sent, by code, in place of a directory of flags."""

    def save(self, cc: str, image: bytes) -> None:
        """Keep an image."""
        self[cc] = image


class _Reporter:
    """Tells the dashboard at once that a flag started or is retried; parcels bring the results."""

    def __init__(self, order: Order) -> None:
        self._order = order

    def flag_started(self, cc: str, worker: int) -> float:
        now = time.monotonic()
        self._tell("started", cc, worker, now)
        return now

    def flag_retried(self, cc: str) -> None:
        self._tell("retried", cc)

    def flag_done(self, result: FlagResult) -> FlagResult:
        return result

    def fail(self, _detail: str) -> None:
        """Do nothing: the future brings the bug to the dashboard."""

    def _tell(self, what: str, cc: str, *details: object) -> None:
        news = [self._order.job, what, cc, details, _here()]
        get_worker().log_event(self._order.topic, news)


class _JobHere:
    """A job's part in this process: its connections, and how to end them."""

    def __init__(self, order: Order) -> None:
        self.bag = _Bag()
        self._cancel = threading.Event()
        self._sockets = Sockets()
        self._standstill = Standstill(time.monotonic)
        downloader = Downloader(
            order.server,
            self.bag,
            attempts=order.attempts,
            cancel=self._cancel,
            clock=time.monotonic,
            reporter=_Reporter(order),
            limits=order.limits,
            stood_still_since=self._standstill.since,
        )
        self.threads = Threads(downloader, partial(CurlAdapter, order.limits.bytes, self._sockets))
        self._standstill.__enter__()

    def end(self) -> None:
        """End every wait. The connections close with the last download."""
        self._cancel.set()
        self._sockets.abort()
        self._standstill.__exit__()


_lock = threading.Lock()  # guards _jobs
_jobs: dict[str, _JobHere] = {}


def fetch_flag(order: Order, cc: str, spent: Spent) -> Parcel:
    """Fetch and check a flag (a thread of the cluster)."""
    job = _job_here(order)
    result = job.threads.download_one(cc, spent)
    return Parcel(result, job.bag.pop(cc, b""), _here())


def end_job(job: str) -> None:
    """End the downloads of a job in this process."""
    with _lock:
        ended = _jobs.pop(job, None)
    if ended:
        ended.end()


def clock() -> float:
    """Return what this process's clock says."""
    return time.monotonic()


def _job_here(order: Order) -> _JobHere:
    with _lock:
        if order.job not in _jobs:
            _jobs[order.job] = _JobHere(order)
            if len(_jobs) > REMEMBERED:
                _jobs.pop(next(iter(_jobs))).end()
        return _jobs[order.job]


def _here() -> Place:
    """Return this process, as worker@machine."""
    worker = get_worker()
    name = str(worker.name).removeprefix("tcp://")
    return Place(worker.address, f"{name}@{socket.gethostname()}")
