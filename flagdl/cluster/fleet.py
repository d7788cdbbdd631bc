"""A job's flags on a cluster: an executor whose workers are elsewhere, and whose results are here."""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, Protocol

from distributed.scheduler import KilledWorker

from flagdl.cluster.clocks import Clocks
from flagdl.cluster.connection import ClusterError, Connection
from flagdl.cluster.worker import Order, Parcel, Place, end_job, fetch_flag
from flagdl.download.downloader import DownloadError, Spent, Store, save
from flagdl.model.events import DownloadStatus, FlagResult

PATROL = 0.5  # seconds between two looks for flags that nobody works on
# Seconds after a flag's deadline. Its worker would have given it up; so there is no worker any more.
SLACK = 5.0
UNMANNED = 10.0  # seconds without any worker that end a job; they may be starting
MOST_LOSSES = 3  # of a flag that no worker has begun


class Reporter(Protocol):
    """Gets the reports of a job's flags; safe from any thread."""

    def flag_started(self, cc: str, worker: int, at: float = ..., place: str = ...) -> float:
        """A worker has taken a code; returns the time."""

    def flag_done(self, result: FlagResult) -> FlagResult:
        """The code has its result; returns it with the time."""

    def failed(self, bug: BaseException) -> None:
        """A bug ends the job."""

    def fail(self, detail: str) -> None:
        """The job can't go on."""


class Run(NamedTuple):
    """A flag in a worker's hands; `started` is the job's time."""

    lane: int
    started: float


@dataclass(eq=False)
class _Flag:
    """A code on its way; owned by the fleet's thread."""

    cc: str
    future: Future[FlagResult] = field(default_factory=Future)
    remote: Future[Parcel] | None = None
    run: Run | None = None
    attempts: int = 0  # that are known to have begun
    begun: float | None = None
    losses: int = 0


class Fleet(Executor):
    """The workers of a cluster, for one job: at most `width` flags are under way at once.

    One thread owns everything, and saves the flags; the others only give it messages. Where a
    worker dies, its flags are sent again, as long as they have attempts and time left.
    """

    def __init__(
        self,
        connection: Connection,
        order: Order,
        width: int,
        store: Store,
        reporter: Reporter,
        cancel: threading.Event,
        clock: Callable[[], float],
    ) -> None:
        self._connection = connection
        self._order = order
        self._width = width
        self._store = store
        self._reporter = reporter
        self._cancel = cancel
        self._clock = clock
        self._clocks = Clocks(connection, clock)
        self._clocks.measure()
        self._remote = connection.executor()
        self._messages: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._waiting: deque[_Flag] = deque()
        self._out: dict[str, _Flag] = {}
        self._lanes: dict[tuple[str, int], int] = {}
        self._next_patrol = 0.0
        self._manned = clock()  # when there were workers
        self._told = False
        connection.listen(order.job, partial(self._post, self._hear))
        threading.Thread(target=self._work, name="flagdl-fleet", daemon=True).start()

    def download_one(self, cc: str) -> FlagResult:
        """Download a flag, and wait for it."""
        return self.submit(self.download_one, cc).result()

    def submit(self, _: Callable[..., Any], /, *args: Any, **__: Any) -> "Future[Any]":
        """Have a worker do what `download_one()` does; the future is done when the flag is saved."""
        flag = _Flag(*args)
        flag.future.set_running_or_notify_cancel()
        self._post(self._take, flag)
        return flag.future

    def abort(self) -> None:
        """End what is under way as cancelled; may be called again."""
        self._post(self._abort)

    def close(self) -> None:
        """End the thread, and the job on the workers; returns at once."""
        self._messages.put(None)

    def _post(self, function: Callable[..., object], *args: object) -> None:
        self._messages.put(partial(function, *args))

    def _work(self) -> None:
        while message := self._next():
            try:
                message()
            except ClusterError as exc:
                self._reporter.fail(str(exc))
            except BaseException as bug:  # noqa: BLE001 - it ends the job as failed
                self._reporter.failed(bug)
        self._end_elsewhere()

    def _next(self) -> Callable[[], object] | None:
        if self._clock() < self._next_patrol:
            try:
                return self._messages.get(timeout=PATROL)
            except Empty:
                pass
        self._next_patrol = self._clock() + PATROL
        return self._patrol

    def _take(self, flag: _Flag) -> None:
        self._waiting.append(flag)
        self._send_more()

    def _send_more(self) -> None:
        if self._cancel.is_set():
            self._abort()
        while self._waiting and len(self._out) < self._width:
            flag = self._waiting.popleft()
            elapsed = 0.0 if flag.begun is None else self._clock() - flag.begun
            spent = Spent(flag.attempts, elapsed)
            flag.run, self._out[flag.cc] = None, flag
            flag.remote = self._remote.submit(fetch_flag, self._order, flag.cc, spent)
            flag.remote.add_done_callback(partial(self._post, self._over, flag))

    def _hear(self, what: str, cc: str, details: tuple[Any, ...], place: Place) -> None:
        """Hear from a worker what its flags do."""
        if not (flag := self._out.get(cc)):
            return
        if what == "retried":
            flag.attempts += 1
        else:
            self._begin(flag, *details, Place(*place))

    def _begin(self, flag: _Flag, worker: int, at: float, place: Place) -> Run:
        lane = self._lanes.setdefault((place.name, worker), len(self._lanes))
        at = max(0.0, self._clocks.here(place.address, at))
        started = self._reporter.flag_started(flag.cc, lane, at, place.name)
        flag.attempts += 1
        flag.begun = started if flag.begun is None else flag.begun
        flag.run = Run(lane, started)
        return flag.run

    def _over(self, flag: _Flag, remote: Future[Parcel]) -> None:
        """Look at what became of a flag."""
        if self._out.get(flag.cc) is not flag or flag.remote is not remote:
            return  # it was given up
        del self._out[flag.cc]
        if remote.cancelled():
            raise ClusterError("The connection to the cluster's scheduler is lost.")
        bug = remote.exception()
        if isinstance(bug, KilledWorker):
            self._lose(flag)
        elif bug:
            raise bug
        else:
            self._arrive(flag, remote.result())
        self._send_more()

    def _lose(self, flag: _Flag) -> None:
        """Send a flag again whose worker has died, or give it up."""
        flag.losses += 1
        late = flag.begun is not None and self._clock() - flag.begun >= self._order.limits.total
        tried_enough = flag.attempts >= self._order.attempts
        if late or (tried_enough if flag.run else flag.losses > MOST_LOSSES):
            detail = "deadline" if late else "the worker died"
            self._finish(flag, self._without_parcel(flag, DownloadStatus.ERROR, detail))
        else:
            self._waiting.appendleft(flag)

    def _arrive(self, flag: _Flag, parcel: Parcel) -> None:
        """Save a flag, and say how it ended, with its times on the job's clock."""
        result, image, place = parcel
        result = replace(result, attempts=max(result.attempts, flag.attempts))
        if result.started is not None and result.worker is not None:
            run = flag.run or self._begin(flag, result.worker, result.started, place)
            result = replace(result, worker=run.lane, started=run.started)
            for name in ("sent", "first_byte", "received"):
                if (at := getattr(result, name)) is not None:
                    here = self._clocks.here(place.address, at)
                    result = replace(result, **{name: min(max(here, run.started), self._clock())})
        if result.status is DownloadStatus.OK:
            try:
                save(self._store, flag.cc, image)
            except DownloadError as exc:
                result = replace(result, status=exc.status, detail=str(exc), bytes=0)
        self._finish(flag, result)

    def _finish(self, flag: _Flag, result: FlagResult) -> None:
        flag.future.set_result(self._reporter.flag_done(result))

    def _abort(self) -> None:
        flags = [*self._out.values(), *self._waiting]
        self._out.clear()
        self._waiting.clear()
        for flag in flags:
            cancelled = self._without_parcel(flag, DownloadStatus.CANCELLED, "cancelled")
            self._finish(flag, cancelled)
        self._end_elsewhere()

    def _end_elsewhere(self) -> None:
        """End the job on the workers, once."""
        if not self._told:
            self._told = True
            self._connection.forget(self._order.job)
            self._remote.shutdown(wait=False)
            self._connection.run(end_job, self._order.job)

    def _without_parcel(self, flag: _Flag, status: DownloadStatus, detail: str) -> FlagResult:
        result = FlagResult(flag.cc, status, detail, attempts=flag.attempts)
        return (
            replace(result, worker=flag.run.lane, started=flag.run.started) if flag.run else result
        )

    def _patrol(self) -> None:
        """Look for what no worker will ever bring."""
        overdue = self._clock() - self._order.limits.total - SLACK
        for flag in list(self._out.values()):
            if flag.begun is not None and flag.begun < overdue:
                del self._out[flag.cc]
                self._lose(flag)
        if self._connection.has_workers():
            self._manned = self._clock()
        elif self._clock() - self._manned > UNMANNED:
            raise ClusterError("The cluster has no workers any more.")
        self._send_more()
