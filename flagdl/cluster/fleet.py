"""An executor whose workers are on a cluster, and whose results are saved here."""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from dataclasses import replace
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any
from uuid import uuid4

from distributed.scheduler import KilledWorker

from flagdl.cluster.clocks import Clocks
from flagdl.cluster.connection import LOST, ClusterError, Connection
from flagdl.cluster.flag import Flag, Reporter, Run
from flagdl.cluster.worker import Order, Parcel, Place, end_job, fetch_flag
from flagdl.download.downloader import DownloadError, Limits, Spent, Store, save
from flagdl.download.servers import Server
from flagdl.download.standstill import Standstill
from flagdl.model.events import DownloadStatus, FlagResult
from flagdl.model.spec import JobSpec

PATROL = 0.5  # seconds between two checks for flags that no worker will bring
# Seconds after a flag's deadline. A living worker would have given the flag up by then.
SLACK = 5.0
UNMANNED = 10.0  # seconds without any worker before a job ends: workers may be starting
MOST_LOSSES = 20  # times that a flag may be lost before a worker begins it


class Fleet(Executor):
    """The workers of a cluster, for one job: at most `concurrency` flags are under way.

    One thread owns everything, and saves the flags; other threads only send it messages. If
    a worker dies, its flags are sent again, as long as they have attempts and time left.
    Raises ClusterError.
    """

    def __init__(
        self,
        connection: Connection,
        spec: JobSpec,
        server: Server,
        limits: Limits,
        store: Store,
        reporter: Reporter,
        cancel: threading.Event,
        clock: Callable[[], float],
    ) -> None:
        self._connection = connection
        self._order = Order(uuid4().hex, connection.topic, server, spec.attempts, limits)
        self._width = spec.concurrency
        self._store = store
        self._reporter = reporter
        self._cancel = cancel
        self._clock = clock
        self._clocks = Clocks(connection, clock)
        self._clocks.measure()
        self._remote = connection.executor()
        self._messages: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._waiting: deque[Flag] = deque()
        self._out: dict[str, Flag] = {}
        self._lanes: dict[tuple[str, int], int] = {}
        self._next_patrol = 0.0
        self._manned = clock()  # when workers were last seen
        self._standstill = Standstill(clock)
        self._told = False
        connection.listen(self._order.job, partial(self._post, self._hear))
        threading.Thread(target=self._work, name="flagdl-fleet", daemon=True).start()

    def download_one(self, cc: str) -> FlagResult:
        """Download a flag, and wait for it."""
        result: FlagResult = self.submit(self.download_one, cc).result()
        return result

    def submit(self, _: Callable[..., Any], /, *args: Any, **__: Any) -> "Future[Any]":
        """Send a flag to a worker; the future is done when the flag is saved or given up."""
        flag = Flag(*args)
        flag.future.set_running_or_notify_cancel()
        self._post(self._take, flag)
        return flag.future

    def abort(self) -> None:
        """End all open flags as cancelled; may be called again."""
        self._post(self._abort)

    def close(self) -> None:
        """End the thread, and the job on the workers; returns at once."""
        self._messages.put(None)

    def _post(self, function: Callable[..., object], *args: object) -> None:
        self._messages.put(partial(function, *args))

    def _work(self) -> None:
        with self._standstill:
            while message := self._next():
                try:
                    message()
                except ClusterError as exc:
                    self._reporter.fail(str(exc))
                except BaseException as bug:  # noqa: BLE001 - it ends the job as failed
                    self._reporter.fail(repr(bug))
        self._end_elsewhere()

    def _next(self) -> Callable[[], object] | None:
        if self._clock() < self._next_patrol:
            try:
                return self._messages.get(timeout=PATROL)
            except Empty:
                pass
        self._next_patrol = self._clock() + PATROL
        return self._patrol

    def _take(self, flag: Flag) -> None:
        self._waiting.append(flag)
        self._send_more()

    def _send_more(self) -> None:
        if self._cancel.is_set():
            self._abort()
        while self._waiting and len(self._out) < self._width:
            flag = self._waiting.popleft()
            flag.run, self._out[flag.cc] = None, flag
            spent = Spent(flag.attempts, self._age(flag))
            flag.remote = self._remote.submit(fetch_flag, self._order, flag.cc, spent)
            flag.remote.add_done_callback(partial(self._post, self._over, flag))

    def _hear(self, what: str, cc: str, details: tuple[Any, ...], place: Place) -> None:
        """Take a worker's report about a flag."""
        if not (flag := self._out.get(cc)):
            return
        if what == "retried":
            flag.attempts += 1
        elif flag.run:
            # Its parcel was lost when its worker died. The scheduler has the flag fetched again.
            self._lose(flag)
            self._send_more()
        else:
            self._begin(flag, Place(*place), *details)

    def _begin(self, flag: Flag, place: Place, worker: int, at: float) -> Run:
        lane = self._lanes.setdefault((place.name, worker), len(self._lanes))
        at = max(0.0, self._clocks.here(place.address, at))
        started = self._reporter.flag_started(flag.cc, lane, at, place.name)
        flag.attempts += 1
        flag.begun = started if flag.begun is None else flag.begun
        flag.run = Run(lane, started)
        return flag.run

    def _over(self, flag: Flag, remote: Future[Parcel]) -> None:
        """Handle the end of a flag's call on the cluster."""
        if self._out.get(flag.cc) is not flag or flag.remote is not remote:
            return  # it was given up
        if remote.cancelled():
            raise ClusterError(LOST)
        bug = remote.exception()
        if isinstance(bug, KilledWorker):
            self._lose(flag)
        elif bug:
            raise bug
        else:
            self._arrive(flag, remote.result())
        self._send_more()

    def _lose(self, flag: Flag) -> None:
        """Send the flag of a dead worker again, or give it up."""
        if flag.remote:
            flag.remote.cancel()
        del self._out[flag.cc]
        flag.losses += 1
        late = self._age(flag) >= self._order.limits.total
        tried_enough = flag.attempts >= self._order.attempts
        if late or (tried_enough if flag.run else flag.losses > MOST_LOSSES):
            detail = "deadline" if late else "the worker died"
            self._finish(flag, flag.without_parcel(DownloadStatus.ERROR, detail))
        else:
            self._waiting.appendleft(flag)

    def _age(self, flag: Flag) -> float:
        """Return a flag's age. It is 0 again if this process stood still: its result may wait."""
        if flag.begun is None:
            return 0.0
        if self._standstill.since(flag.begun):
            flag.begun = self._clock()
        return self._clock() - flag.begun

    def _arrive(self, flag: Flag, parcel: Parcel) -> None:
        """Save a flag, and say how it ended, with its times on the job's clock."""
        result, image, place = parcel
        result = replace(result, attempts=max(result.attempts, flag.attempts))
        if result.started is not None and result.worker is not None:
            run = flag.run or self._begin(flag, place, result.worker, result.started)
            result = replace(result, worker=run.lane, started=run.started)
            result = self._clocks.translate(result, place.address)
        if result.status is DownloadStatus.OK:
            try:
                save(self._store, flag.cc, image)
            except DownloadError as exc:
                result = replace(result, status=exc.status, detail=str(exc), bytes=0)
        self._finish(flag, result)

    def _finish(self, flag: Flag, result: FlagResult) -> None:
        self._out.pop(flag.cc, None)
        flag.future.set_result(self._reporter.flag_done(result))

    def _abort(self) -> None:
        flags = [*self._out.values(), *self._waiting]
        self._out.clear()
        self._waiting.clear()
        for flag in flags:
            self._finish(flag, flag.without_parcel(DownloadStatus.CANCELLED, "cancelled"))
        self._end_elsewhere()

    def _end_elsewhere(self) -> None:
        """End the job on the workers, once."""
        if not self._told:
            self._told = True
            self._connection.forget(self._order.job)
            with suppress(Exception):  # it may have gone already
                self._remote.shutdown(wait=False)
                self._connection.run(end_job, self._order.job)

    def _patrol(self) -> None:
        """Look for flags that no worker will bring, and for a cluster without workers."""
        for flag in list(self._out.values()):
            if self._age(flag) > self._order.limits.total + SLACK:
                self._lose(flag)
        # Workers may have left and come again while this process stood still.
        if self._connection.has_workers() or self._standstill.since(self._manned):
            self._manned = self._clock()
        elif self._clock() - self._manned > UNMANNED:
            raise ClusterError("The cluster has no workers any more.")
        self._send_more()
