"""One run in a terminal: the job, its progress, its report, and its exit status."""

import sys
import threading
from collections.abc import Iterator
from contextlib import closing

from tqdm import tqdm

from flagdl import engine
from flagdl.cluster.connection import Cluster
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
from flagdl.origin.process import Cancelled, OriginError
from flagdl.settings import Settings
from flagdl.system.signals import stopped_by_signals
from flagdl.terminal.process import KILLED_BY, exit_status, failure, prepare, print_problems
from flagdl.terminal.recorder import Recorder


def run(
    spec: JobSpec, servers: Servers, settings: Settings, cluster: Cluster, *, verbose: bool
) -> int:
    """Do the job, print its report and return the exit status."""
    prepare()
    cancel = threading.Event()
    recorder = Recorder(spec, settings, cancel)
    with stopped_by_signals(cancel.set) as received:
        try:
            with recorder:
                finished = _download(
                    spec, servers, settings, cluster, recorder, cancel, verbose=verbose
                )
            status = exit_status(finished)
            if finished.state is JobState.CANCELLED and not received:
                print("*** This run was cancelled in the dashboard.", file=sys.stderr)
        except (OriginError, OSError) as exc:
            status = failure(exc)
        finally:
            if recorder.problem:
                print(f"*** This run is not in the history: {recorder.problem}", file=sys.stderr)
    return KILLED_BY + received[0] if received else status


def _download(
    spec: JobSpec,
    servers: Servers,
    settings: Settings,
    cluster: Cluster,
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
    with closing(engine.run(spec, server, store, cancel, limits, cluster=cluster)) as events:
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
    print_problems([] if verbose else results.values(), event)
    return event


def _line(result: FlagResult) -> str:
    if result.status is DownloadStatus.ERROR:
        return f"*** Error for {result.cc}: {result.detail}"
    return f"{result.cc} {result.detail}"
