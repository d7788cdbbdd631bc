"""The same work done several times in a terminal, and a table of the results."""

import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import wait
from contextlib import closing
from functools import partial

from tqdm import tqdm

from flagdl import engine
from flagdl.cluster.connection import Cluster
from flagdl.download.downloader import Limits
from flagdl.download.servers import Server, Servers
from flagdl.download.store import FlagStore
from flagdl.download.threadpool import WorkerThreads
from flagdl.model.events import DownloadStatus, FlagReturned, JobState
from flagdl.model.figures import figures
from flagdl.model.job import Job, JobRow
from flagdl.model.spec import JobSpec
from flagdl.model.variants import WORTH_IT, knee
from flagdl.origin.process import Cancelled, OriginError
from flagdl.settings import Settings
from flagdl.system.signals import stopped_by_signals
from flagdl.terminal.process import (
    KILLED_BY,
    OK,
    SOME_FAILED,
    exit_status,
    failure,
    prepare,
    print_problems,
)
from flagdl.terminal.recorder import Recorder

HEAD = ("strategy", "connections", "time", "floor", "first result", "held back", "saved", "errors")


class Runs:
    """Jobs that differ in one thing, each recorded as a run of its own.

    A cancelled run ends alone; a signal ends all runs.
    """

    def __init__(
        self, specs: Sequence[JobSpec], servers: Servers, settings: Settings, cluster: Cluster
    ) -> None:
        self._specs = specs
        self._servers = servers
        self._settings = settings
        self._cluster = cluster
        self._stop = threading.Event()
        self._cancels = [threading.Event() for _ in specs]
        self._lock = threading.Lock()  # guards the bar and the problems
        self._problems: set[str] = set()

    def do(self, *, in_turn: bool) -> int:
        """Do the jobs at the same time, or in turn, print a table and return the exit status."""
        prepare()
        with stopped_by_signals(self._cancel) as received:
            try:
                # Resolved before the first run, which would otherwise take longer than the others.
                spec = self._specs[0]
                server = self._servers.resolve(spec.server, spec.lab, self._stop)
                jobs = self._run(server, 1 if in_turn else len(self._specs))
                print(table(jobs), flush=True)
                if in_turn and not received and (text := about_knee(jobs)):
                    print(text, flush=True)
                print_problems((each for job in jobs for each in job.results), *jobs)
                status = max(map(exit_status, jobs), default=OK)
            except Cancelled:
                status = SOME_FAILED
            except (OriginError, OSError) as exc:
                status = failure(exc)
        for problem in sorted(self._problems):
            print(f"*** A run is not in the history: {problem}", file=sys.stderr)
        return KILLED_BY + received[0] if received else status

    def _cancel(self) -> None:
        self._stop.set()
        for cancel in self._cancels:
            cancel.set()

    def _run(self, server: Server, at_once: int) -> list[Job]:
        """Return the jobs that were begun, in order."""
        total = sum(len(spec.codes) for spec in self._specs)
        with tqdm(total=total) as bar, WorkerThreads(at_once) as executor:
            run_one = partial(self._run_one, server, bar.update)
            pairs = zip(self._specs, self._cancels, strict=True)
            futures = [executor.submit(run_one, *pair) for pair in pairs]
            # A wait without an end would not notice a signal that comes just before it begins.
            while wait(futures, timeout=engine.TICK).not_done:
                pass
            return [job for future in futures if (job := future.result())]

    def _run_one(
        self,
        server: Server,
        advance: Callable[[], object],
        spec: JobSpec,
        cancel: threading.Event,
    ) -> Job | None:
        if self._stop.is_set():
            return None
        job = Job(JobRow("", "", spec))
        recorder = Recorder(spec, self._settings, cancel)
        store = FlagStore(self._settings.downloads)
        limits = Limits(total=self._settings.timeout)
        events = engine.run(spec, server, store, cancel, limits, cluster=self._cluster)
        with recorder, closing(events):
            for event in recorder.recorded(events):
                job.apply(event)
                if isinstance(event, FlagReturned):
                    with self._lock:
                        advance()
        with self._lock:
            self._problems |= {recorder.problem} - {""}
        return job


def table(jobs: Sequence[Job]) -> str:
    """Return a line for each job, below the names of the columns."""
    lines = [HEAD, *map(_line, jobs)]
    first, *others = (max(map(len, column)) for column in zip(*lines, strict=True))
    return "\n".join(
        "  ".join([line[0].ljust(first), *map(str.rjust, line[1:], others)]) for line in lines
    )


def _line(job: Job) -> tuple[str, ...]:
    measured = figures(job.to_dict()["items"], job.elapsed, job.spec.concurrency)
    floor, first = (
        "-" if time is None else f"{time:.2f}s" for time in (measured.floor, measured.first)
    )
    return (
        job.spec.strategy,
        str(job.spec.concurrency),
        f"{job.elapsed:.2f}s" if job.state is JobState.FINISHED else job.state,
        floor,
        first,
        f"{measured.held:.2f}s",
        str(job.counts[DownloadStatus.OK]),
        str(job.counts[DownloadStatus.ERROR]),
    )


def about_knee(jobs: Sequence[Job]) -> str:
    """Return the sentence about the knee of a sweep; it is empty if there is no knee."""
    width = knee({job.spec.concurrency: job.elapsed for job in jobs})
    if width is None or any(job.state is not JobState.FINISHED for job in jobs):
        return ""
    return f"Beyond {width} connection{'s'[: width > 1]}, more gain less than {WORTH_IT:.0%}."
