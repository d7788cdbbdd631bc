"""One run in a terminal: the job, its progress, its report, and its exit status."""

import logging
import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from types import FrameType

from tqdm import tqdm

from flagdl import engine
from flagdl.download.downloader import Limits
from flagdl.download.servers import Servers
from flagdl.download.store import FlagStore
from flagdl.model.events import (
    DownloadStatus,
    Event,
    FlagDone,
    FlagResult,
    FlagReturned,
    JobFinished,
    JobState,
)
from flagdl.model.ledger import Ledger
from flagdl.model.report import final_report, initial_report
from flagdl.model.spec import JobSpec
from flagdl.origin.descriptors import raise_open_file_limit
from flagdl.origin.process import Cancelled, OriginError
from flagdl.settings import Settings
from flagdl.signals import ENDING, handle
from flagdl.streams import abandon
from flagdl.terminal.recorder import Recorder

tqdm.monitor_interval = 0  # its own thread, for bars that stand still: downloads need it more
OK, SOME_FAILED = 0, 1
KILLED_BY = 128  # plus the signal's number, as in shells


def run(spec: JobSpec, servers: Servers, settings: Settings, *, verbose: bool) -> int:
    """Do the job, print its report and return the exit status."""
    raise_open_file_limit()
    # Problems with the history are printed once, below.
    logging.getLogger("flagdl.history.writer").setLevel(logging.CRITICAL)
    cancel = threading.Event()
    recorder = Recorder(spec, settings, cancel)
    with _stopped_by_signals(cancel) as received:
        try:
            with recorder:
                finished = _download(spec, servers, settings, recorder, cancel, verbose=verbose)
            status = _exit_status(finished)
            if finished.state is JobState.CANCELLED and not received:
                print("*** This run was cancelled in the dashboard.", file=sys.stderr)
        except OriginError as exc:
            print(f"*** {exc}", file=sys.stderr)
            status = SOME_FAILED
        except OSError as exc:
            _abandon_stdout(exc)
            status = SOME_FAILED
        finally:
            if recorder.problem:
                print(f"*** This run is not in the history: {recorder.problem}", file=sys.stderr)
    return KILLED_BY + received[0] if received else status


def _download(
    spec: JobSpec,
    servers: Servers,
    settings: Settings,
    recorder: Recorder,
    cancel: threading.Event,
    *,
    verbose: bool,
) -> JobFinished:
    try:
        server = servers.resolve(spec.server, spec.lab, cancel)
    except Cancelled:
        # The server has no address yet, so the first part of the report is missing.
        events = Ledger(spec.codes, lambda: 0.0).close(JobState.CANCELLED)
        return show(recorder.recorded(events), len(spec.codes), verbose=verbose)
    report = initial_report(spec.server, server.site, spec.codes, spec.concurrency)
    print(report, flush=True)
    store = FlagStore(settings.downloads)
    limits = Limits(total=settings.timeout)
    with closing(engine.run(spec, server, store, cancel, limits)) as events:
        return show(recorder.recorded(events), len(spec.codes), verbose=verbose)


def show(events: Iterator[Event], total: int, *, verbose: bool) -> JobFinished:
    """Print a job's progress as results come back, then its report; returns its last event."""
    results: dict[str, FlagResult] = {}
    with tqdm(total=total, disable=verbose) as bar:
        for event in events:
            if isinstance(event, FlagDone):
                results[event.result.cc] = event.result
            elif isinstance(event, FlagReturned):
                bar.update()
                if verbose:
                    print(_line(results[event.cc]), flush=True)
    if not isinstance(event, JobFinished):
        raise RuntimeError("the engine ended without a last event")
    print(final_report(event.counts, event.elapsed), flush=True)
    if not verbose:
        _print_causes(results.values())
    if event.detail:
        failed = "The job failed: " if event.state is JobState.FAILED else ""
        print(f"*** {failed}{event.detail}", file=sys.stderr)
    return event


def _line(result: FlagResult) -> str:
    if result.status is DownloadStatus.ERROR:
        return f"*** Error for {result.cc}: {result.detail}"
    return f"{result.cc} {result.detail}"


def _print_causes(results: Iterable[FlagResult]) -> None:
    causes = Counter(each.detail for each in results if each.status is DownloadStatus.ERROR)
    for cause, number in causes.most_common():
        print(f"*** Error for {number} flag{'s'[: number > 1]}: {cause}", file=sys.stderr)


@contextmanager
def _stopped_by_signals(cancel: threading.Event) -> Iterator[list[int]]:
    """Let Ctrl-C and the like end the job early; its report is still printed."""
    received: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        cancel.set()

    before = {number: signal.getsignal(number) for number in ENDING}
    for number in ENDING:
        handle(number, stop)
    try:
        yield received
    finally:
        for number, handler in before.items():
            # After the first signal the program ends anyway; a second one must not disturb it.
            signal.signal(number, signal.SIG_IGN if received else handler)


def _abandon_stdout(error: OSError) -> None:
    abandon(sys.stdout)
    # A reader such as `| head` may have read enough.
    if not isinstance(error, BrokenPipeError):
        print(f"*** The report can't be written: {error.strerror or error}", file=sys.stderr)


def _exit_status(finished: JobFinished) -> int:
    unfinished = finished.state is not JobState.FINISHED
    return SOME_FAILED if unfinished or finished.counts[DownloadStatus.ERROR] else OK
