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
from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import count
from queue import Empty, SimpleQueue
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
from flagdl.servers import Server
from flagdl.spec import JobSpec
from flagdl.storage import FlagStore
from flagdl.strategies import STRATEGIES, DownloadOne

TICK = 0.1
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
    clock = _stopwatch()
    seq = count(1)
    unaccounted = dict.fromkeys(spec.codes)
    counts: Counter[DownloadStatus] = Counter()
    inbox: _Inbox = SimpleQueue()

    def account_for(result: FlagResult) -> Event:
        del unaccounted[result.cc]
        counts[result.status] += 1
        return FlagDone(next(seq), clock(), result)

    yield JobStarted(next(seq), clock(), len(spec.codes), server.site, spec.concurrency)
    bug: BaseException | None = None
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
        _start_strategy(spec, downloader.download_one, cancel, inbox)
        try:
            for message in _until_ended(inbox, cancel):
                match message:
                    case _Taken(cc, worker):
                        yield FlagStarted(next(seq), clock(), cc, worker)
                    case FlagResult():
                        yield account_for(message)
                    case _Ended():
                        bug = message.bug
        except GeneratorExit:
            # Nobody wants to know any more, so nobody wants the rest.
            cancel.set()
            raise
    for cc in list(unaccounted):
        detail = "cancelled" if bug is None else "the job failed"
        yield account_for(FlagResult(cc, DownloadStatus.CANCELLED, detail))
    state = final_state(counts, bug)
    yield JobFinished(
        next(seq), t := clock(), state, all_counts(counts), t, repr(bug) if bug else ""
    )


def account_for_rest(
    codes: Iterable[str],
    counts: Counter[DownloadStatus],
    seq: int,
    t: float,
    state: JobState,
    detail: str = "",
) -> Iterator[Event]:
    """Yield the events that end a job which can't go on: `codes` never got a result.

    `seq` and `t` are those of its last event, `counts` what it had come to by then.
    """
    counts = Counter(counts)
    for cc in codes:
        seq += 1
        counts[DownloadStatus.CANCELLED] += 1
        yield FlagDone(seq, t, FlagResult(cc, DownloadStatus.CANCELLED, detail or state.value))
    yield JobFinished(seq + 1, t, state, all_counts(counts), t, detail)


def final_state(counts: Counter[DownloadStatus], bug: BaseException | None) -> JobState:
    """Return how a job ended whose codes are all accounted for."""
    if bug is not None:
        return JobState.FAILED
    return JobState.CANCELLED if counts[DownloadStatus.CANCELLED] else JobState.FINISHED


def _start_strategy(
    spec: JobSpec, download_one: DownloadOne, cancel: threading.Event, inbox: _Inbox
) -> None:
    def guarded(cc: str) -> FlagResult:
        try:
            return download_one(cc)
        except BaseException:
            # The pool waits for all it was given before a bug comes out of it: make that short.
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


def _until_ended(inbox: _Inbox, cancel: threading.Event) -> Iterator[_Taken | FlagResult | _Ended]:
    """Yield messages up to the last one, or until a cancelled job has had its grace."""
    patience = GRACE
    while patience > 0:
        try:
            message = inbox.get(timeout=TICK)
        except Empty:
            if cancel.is_set():
                patience -= TICK
            continue
        yield message
        if isinstance(message, _Ended):
            return


def _stopwatch() -> Callable[[], float]:
    """Return a clock that counts seconds from now, in whole microseconds."""
    began = time.monotonic()
    return lambda: round(time.monotonic() - began, 6)
