"""The one place where a job happens: run() turns a spec into events.

    workers ─────────┐
                     ├─> ledger ─> queue ─> run(), in the thread that iterates ─> events
    strategy thread ─┘

A worker reports that it has taken a code, and that its result is done. The strategy's thread
reports that the strategy has returned the result. The ledger numbers and dates the events.
"""

import asyncio
import math
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from flagdl.cluster.connection import Cluster, ClusterError, Connection
from flagdl.download.downloader import Downloader, Limits
from flagdl.download.servers import Server
from flagdl.download.standstill import Standstill
from flagdl.download.store import FlagStore
from flagdl.download.threadpool import WorkerThreads
from flagdl.download.transport import CurlAdapter, Sockets
from flagdl.download.workers import Slots, Threads
from flagdl.model.events import Event, FlagResult, JobFinished, JobState
from flagdl.model.ledger import Ledger
from flagdl.model.spec import CLUSTER, JobSpec
from flagdl.strategies import THREADED, asyncio_
from flagdl.system.threads import NoThread, start_thread

if TYPE_CHECKING:
    from flagdl.cluster.fleet import Fleet

TICK = 0.1
# Seconds between two reads of the queue. If each event woke this thread, it would interrupt the
# downloads a thousand times.
GATHER = 0.005
# Seconds. A cancelled download ends sooner, except while it waits for a host name.
GRACE = 0.8


def run(
    spec: JobSpec,
    server: Server,
    store: FlagStore,
    cancel: threading.Event,
    limits: Limits | None = None,
    grace: float = GRACE,
    cluster: Cluster | None = None,
) -> Generator[Event, None, None]:
    """Do the job and yield its events as they happen, from JobStarted to JobFinished.

    Setting `cancel`, from any thread, ends the job within a second; it is set when the job has
    ended. A bug in a download ends the job as failed. Either way each code gets its FlagDone. A
    consumer that stops early must `close()` the generator, which cancels the rest.
    """
    connection, problem = _connect(spec, cluster or Cluster(), cancel)
    limits, clock = limits or Limits(), _stopwatch()
    reports, standstill = _Reports(Ledger(spec.codes, clock)), Standstill(clock)
    downloader = Downloader(
        server,
        store,
        attempts=spec.attempts,
        cancel=cancel,
        clock=clock,
        reporter=reports,
        limits=limits,
        stood_still_since=standstill.since,
    )
    job = _Job(spec, downloader, limits.bytes, reports)
    parts = (spec, server, limits, store, reports, cancel, clock)
    if connection:
        from flagdl.cluster.fleet import Fleet  # it needs `distributed`

        job.new_fleet = partial(Fleet, connection, *parts)
    reports.job_started(server.site, spec.concurrency)
    try:
        with standstill:
            job.start(problem)
            yield from _until_the_end(reports, job, cancel, grace)
    finally:
        # Threads and connections end by themselves; nothing waits for them.
        cancel.set()
        job.abort()


def _connect(
    spec: JobSpec, cluster: Cluster, cancel: threading.Event
) -> tuple[Connection | None, str]:
    """Return the cluster's connection, or what went wrong; a job on threads has neither."""
    if spec.executor != CLUSTER:
        return None, ""
    try:
        return cluster.connect(cancel), ""
    except ClusterError as exc:
        return None, str(exc)


def _until_the_end(
    reports: "_Reports", job: "_Job", cancel: threading.Event, grace: float
) -> Iterator[Event]:
    """Yield events as they come. After a cancel, `grace` idle seconds in all end the job."""
    events, patience = reports.events, grace
    while True:
        if cancel.is_set():
            job.abort()
        try:
            yield (event := events.get(timeout=TICK))
        except Empty:
            if cancel.is_set():
                patience -= TICK
            if patience <= 0:
                reports.end()
            continue
        for _ in range(events.qsize()):
            yield (event := events.get())
        if isinstance(event, JobFinished):
            return
        time.sleep(GATHER)


class _Reports:
    """Turns reports of workers and of the strategy into events, in order; any thread may report.

    `_lock` guards the ledger, `_ended` and `_shortage`. It is held while an event is dated and
    queued, so the queue is in order. Reports after the end are ignored.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.events: SimpleQueue[Event] = SimpleQueue()
        self._lock = threading.Lock()
        self._ledger = ledger
        self._ended = False
        self._shortage = ""

    def job_started(self, site: str, max_req: int) -> None:
        """Begin the job."""
        with self._lock:
            self.events.put(self._ledger.job_started(site, max_req))

    def flag_started(self, cc: str, worker: int, at: float = math.inf, place: str = "") -> float:
        """A worker takes a code; returns the time."""
        with self._lock:
            event = self._ledger.flag_started(cc, worker, at, place)
            if not self._ended:
                self.events.put(event)
            return event.t

    def flag_retried(self, cc: str) -> None:
        """An attempt has failed and another follows. There is no event for it."""

    def flag_done(self, result: FlagResult) -> FlagResult:
        """The code has its result; returns the result with its time."""
        with self._lock:
            if self._ended:
                return result
            event = self._ledger.flag_done(result)
            self.events.put(event)
            return event.result

    def flag_returned(self, result: FlagResult) -> None:
        """The strategy has handed a result to the main thread; the last one ends the job."""
        with self._lock:
            if self._ended:
                return
            self.events.put(self._ledger.flag_returned(result.cc))
            if self._ledger.is_complete:
                self._end(self._ledger.outcome, self._shortage)

    def threads_refused(self, wanted: int, got: int) -> None:
        """The system gave fewer threads than the job asked for."""
        with self._lock:
            self._shortage = f"The system gave {got} of {wanted} threads."

    def fail(self, detail: str) -> None:
        """End the job as failed, unless it has ended."""
        with self._lock:
            self._end(JobState.FAILED, detail)

    def end(self) -> None:
        """End the job, unless it has ended."""
        with self._lock:
            self._end(self._ledger.outcome, self._shortage)

    def _end(self, state: JobState, detail: str) -> None:
        assert self._lock.locked()
        if not self._ended:
            self._ended = True
            for event in self._ledger.close(state, detail):
                self.events.put(event)


class _Job:
    """Runs a job's strategy, in a thread of its own; the thread that iterates calls the rest."""

    def __init__(
        self, spec: JobSpec, downloader: Downloader, max_bytes: int, reports: _Reports
    ) -> None:
        self._spec = spec
        self._downloader = downloader
        self._max_bytes = max_bytes
        self._reports = reports
        self._sockets = Sockets()
        self._abort_others: Callable[[], object] = lambda: None
        self.new_fleet: Callable[[], Fleet] | None = None

    def start(self, problem: str) -> None:
        """Start the strategy's thread; if the system has none, the job ends as failed."""
        if problem:
            return self._reports.fail(problem)
        try:
            start_thread(self._run_strategy, "flagdl-strategy")
        except NoThread:
            self._reports.fail("The system has no thread left for this job.")

    def _run_strategy(self) -> None:
        """Report each result that the strategy returns, until the strategy ends or has a bug."""
        try:
            if self.new_fleet:
                self._run_fleet(self.new_fleet)
            elif self._spec.strategy in THREADED:
                self._run_threads()
            else:
                # Only this loop can wait for libcurl's sockets on every system.
                with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
                    runner.run(self._run_slots())
        except ClusterError as exc:
            self._reports.fail(str(exc))
        except BaseException as bug:  # noqa: BLE001 - it ends the job as failed
            self._reports.fail(repr(bug))
        self._reports.end()

    def _run_fleet(self, new_fleet: "Callable[[], Fleet]") -> None:
        spec = self._spec
        with closing(new_fleet()) as fleet:
            self._abort_others = fleet.abort
            for result in THREADED[spec.strategy](spec.codes, fleet.download_one, fleet):
                self._reports.flag_returned(result)

    def _run_threads(self) -> None:
        spec = self._spec
        refused = partial(self._reports.threads_refused, spec.concurrency)
        executor = WorkerThreads(spec.concurrency, refused)
        new_adapter = partial(CurlAdapter, self._max_bytes, self._sockets)
        with closing(Threads(self._downloader, new_adapter)) as threads:
            for result in THREADED[spec.strategy](spec.codes, threads.download_one, executor):
                self._reports.flag_returned(result)

    async def _run_slots(self) -> None:
        spec, loop = self._spec, asyncio.get_running_loop()
        limit = asyncio.Semaphore(spec.concurrency)
        new_adapter = partial(CurlAdapter, self._max_bytes)
        async with Slots(self._downloader, new_adapter, spec.concurrency) as slots:
            self._abort_others = partial(loop.call_soon_threadsafe, slots.abort)
            async for result in asyncio_(spec.codes, slots.download_one, limit):
                self._reports.flag_returned(result)

    def abort(self) -> None:
        """End every wait of the downloads; may be called again."""
        self._sockets.abort()
        with suppress(RuntimeError):  # the loop has ended
            self._abort_others()


def _stopwatch() -> Callable[[], float]:
    """Return a clock that counts seconds from now, in whole microseconds."""
    began = time.monotonic()
    return lambda: round(time.monotonic() - began, 6)
