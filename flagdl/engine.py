"""The one place where a job happens: run() turns a spec into events.

    worker threads ─┐
                    ├─> inbox ─> run(), in the thread that iterates ─> events
    strategy thread ┘

The workers report what they take, the strategy's thread what came of it. Both go through one
queue, so that run() numbers the events in the order in which they happened.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from queue import Empty, SimpleQueue
from types import MappingProxyType
from typing import NamedTuple

from flagdl.download import Downloader, Limits
from flagdl.events import (
    DownloadStatus,
    Event,
    FlagDone,
    FlagResult,
    FlagStarted,
    JobFinished,
    JobStarted,
    JobState,
    all_counts,
)
from flagdl.servers import Server, Servers
from flagdl.spec import JobSpec
from flagdl.storage import FlagStore
from flagdl.strategies import STRATEGIES, DownloadOne

TICK = 0.1
# Seconds between two looks into the inbox: a thread that each message woke would take the
# interpreter from the downloads a thousand times.
GATHER = 0.005
# A cancelled download ends in far less; only one that waits for a name or a connection doesn't.
GRACE = 0.8


class _Taken(NamedTuple):
    """A worker took a code."""

    cc: str
    worker: int


class _Ended(NamedTuple):
    """The strategy ran to its end, or into a bug."""

    bug: BaseException | None


_Inbox = SimpleQueue[_Taken | FlagResult | _Ended]


def run(
    spec: JobSpec,
    server: Server,
    store: FlagStore,
    cancel: threading.Event,
    limits: Limits | None = None,
) -> Generator[Event, None, None]:
    """Do the job and yield its events as they happen, from JobStarted to JobFinished.

    Setting `cancel`, from any thread, ends the job within a second. A bug in a download ends it
    as failed. Either way each code gets its FlagDone. Who stops iterating before the end must
    `close()` the generator, which cancels the rest.
    """
    ledger = Ledger(spec.codes, clock := _stopwatch())
    inbox: _Inbox = SimpleQueue()
    results: list[FlagResult] = []
    bug: BaseException | None = None
    yield ledger.job_started(server.site, spec.concurrency)
    with Downloader(
        server,
        store,
        max_workers=spec.concurrency,
        attempts=spec.attempts,
        cancel=cancel,
        clock=clock,
        on_start=lambda cc, worker: inbox.put(_Taken(cc, worker)),
        limits=limits or Limits(),
    ) as downloader:
        _start_strategy(spec, downloader.download_one, cancel, inbox, results)
        try:
            for message in _messages(inbox, cancel):
                match message:
                    case _Taken(cc, worker):
                        yield ledger.flag_started(cc, worker)
                    case FlagResult():
                        yield ledger.flag_done(message)
                    case _Ended():
                        bug = message.bug
                        break
                # The end of the threads and their connections is nothing to wait for.
                if ledger.is_complete:
                    break
        except GeneratorExit:
            # Nobody wants to know any more, so nobody wants the rest.
            cancel.set()
            raise
        # What the strategy keeps back, as map does behind a code that is stuck.
        yield from ledger.catch_up(results)
        if bug is not None:
            yield from ledger.close(JobState.FAILED, repr(bug))
        else:
            yield from ledger.close(ledger.outcome)


def find_server(servers: Servers, label: str, cancel: threading.Event) -> Server | None:
    """Return a server, once it listens, or None where `cancel` is set before.

    Raises `flagdl.origin.process.OriginError` where it can't be started.
    """
    pool = ThreadPoolExecutor(1, thread_name_prefix="flagdl-finder")
    finding = pool.submit(servers.__getitem__, label)
    pool.shutdown(wait=False)
    while not cancel.is_set():
        with suppress(TimeoutError):
            return finding.result(timeout=TICK)
    return None


class Ledger:
    """Writes a job's events: numbers them, dates them, and accounts for every code.

    It may go on from where another one had come to: then `codes` are those without a result.
    """

    def __init__(
        self,
        codes: Iterable[str],
        clock: Callable[[], float],
        counts: Mapping[DownloadStatus, int] = MappingProxyType({}),
        seq: int = 0,
    ) -> None:
        self._open = dict.fromkeys(codes)
        self._clock = clock
        self._counts = Counter(counts)
        self._seq = count(seq + 1)

    @property
    def is_complete(self) -> bool:
        """Whether every code has a result."""
        return not self._open

    @property
    def outcome(self) -> JobState:
        """How a job without a bug ends: a code without a result counts as cancelled."""
        cancelled = self._open or self._counts[DownloadStatus.CANCELLED]
        return JobState.CANCELLED if cancelled else JobState.FINISHED

    def job_started(self, site: str, max_req: int) -> JobStarted:
        """Begin the job."""
        return JobStarted(next(self._seq), self._clock(), len(self._open), site, max_req)

    def flag_started(self, cc: str, worker: int) -> FlagStarted:
        """Note that a worker took a code."""
        return FlagStarted(next(self._seq), self._clock(), cc, worker)

    def flag_done(self, result: FlagResult) -> FlagDone:
        """Account for a code; raises KeyError where it is accounted for already."""
        del self._open[result.cc]
        self._counts[result.status] += 1
        return FlagDone(next(self._seq), self._clock(), result)

    def catch_up(self, results: Iterable[FlagResult]) -> Iterator[Event]:
        """Account for those of the results that have not been."""
        for result in results:
            if result.cc in self._open:
                yield self.flag_done(result)

    def close(self, state: JobState, detail: str = "") -> Iterator[Event]:
        """End the job, with whatever has no result yet counted as cancelled."""
        reason = "the job failed" if state is JobState.FAILED else state.value
        for cc in list(self._open):
            yield self.flag_done(FlagResult(cc, DownloadStatus.CANCELLED, reason))
        t = self._clock()
        yield JobFinished(next(self._seq), t, state, all_counts(self._counts), t, detail)


def _start_strategy(
    spec: JobSpec,
    download_one: DownloadOne,
    cancel: threading.Event,
    inbox: _Inbox,
    results: list[FlagResult],
) -> None:
    def guarded(cc: str) -> FlagResult:
        try:
            results.append(result := download_one(cc))
            return result
        except BaseException as bug:
            # The pool waits for all it was given before a bug comes out of it: say it now, and
            # make that short.
            inbox.put(_Ended(bug))
            cancel.set()
            raise

    def work() -> None:
        bug: BaseException | None = None
        try:
            for result in STRATEGIES[spec.strategy](spec.codes, guarded, spec.concurrency):
                inbox.put(result)
        except BaseException as exc:  # noqa: BLE001 - run() makes it the job's failure
            bug = exc
        inbox.put(_Ended(bug))

    threading.Thread(target=work, name="flagdl-strategy", daemon=True).start()


def _messages(inbox: _Inbox, cancel: threading.Event) -> Iterator[_Taken | FlagResult | _Ended]:
    """Yield messages as they come, until a cancelled job has had its grace."""
    patience = GRACE
    while patience > 0:
        try:
            yield inbox.get(timeout=TICK)
        except Empty:
            if cancel.is_set():
                patience -= TICK
            continue
        for _ in range(inbox.qsize()):
            yield inbox.get()
        time.sleep(GATHER)


def _stopwatch() -> Callable[[], float]:
    """Return a clock that counts seconds from now, in whole microseconds."""
    began = time.monotonic()
    return lambda: round(time.monotonic() - began, 6)
