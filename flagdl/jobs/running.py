"""A job that runs in this process: its events are applied, logged and broadcast, in order."""

import logging
import threading
from collections.abc import Callable
from concurrent import futures
from contextlib import closing
from dataclasses import replace
from typing import NamedTuple

from flagdl import engine
from flagdl.cluster.connection import Cluster
from flagdl.download.downloader import Limits
from flagdl.download.servers import Servers
from flagdl.download.store import FlagStore
from flagdl.history.history import History
from flagdl.jobs.broadcast import Broadcaster
from flagdl.jobs.watched import WatchedJob
from flagdl.model.events import Event, JobFinished, JobState
from flagdl.model.job import Job
from flagdl.origin.process import Cancelled, OriginError

log = logging.getLogger(__name__)


class Resources(NamedTuple):
    """What every job needs to run."""

    servers: Servers
    store: FlagStore
    limits: Limits
    cluster: Cluster


class RunningJob(WatchedJob):
    """Runs a job, and owns it until it has ended; any thread may call.

    `on_end` gets the id in the thread that ended the job.
    """

    def __init__(
        self,
        job: Job,
        history: History,
        broadcaster: Broadcaster,
        on_end: Callable[[str], None],
    ) -> None:
        super().__init__(job, history, broadcaster)
        self.after = job.after
        self._starting = threading.Lock()  # guards `future`: a cancelled job must not start
        self.future: futures.Future[None] | None = None
        self._cancel = threading.Event()
        self._asked_for = JobState.CANCELLED
        self._on_end = on_end

    def start(self, executor: futures.Executor, resources: Resources) -> None:
        """Have a job thread run the job, unless it was cancelled before."""
        with self._starting:
            if not self._cancel.is_set():
                self.future = executor.submit(self.run, resources)

    def run(self, resources: Resources) -> None:
        """Run the job to its end (a job thread)."""
        try:
            self._run(resources)
        except Cancelled:
            self.end(self._asked_for)
        except OriginError as exc:
            self.end(JobState.FAILED, str(exc))
        except Exception as exc:
            log.exception("job %s failed", self.id)
            self.end(JobState.FAILED, repr(exc))
        finally:
            self._on_end(self.id)

    def cancel(self, state: JobState = JobState.CANCELLED) -> None:
        """Ask the job to end as cancelled or interrupted; one that waits ends at once."""
        with self._starting:
            self._asked_for = state
            self._cancel.set()
            never_runs = not self.future or self.future.cancel()
        if never_runs:
            # No job thread will take it, so none will end it.
            self.end(state)
            self._on_end(self.id)

    def _run(self, resources: Resources) -> None:
        spec = self._job.spec
        servers, store, limits, cluster = resources
        server = servers.resolve(spec.server, spec.lab, self._cancel)
        events = engine.run(spec, server, store, self._cancel, limits, cluster=cluster)
        with closing(events):
            for event in events:
                self._publish(event)

    def _publish(self, event: Event) -> None:
        if isinstance(event, JobFinished) and event.state is JobState.CANCELLED:
            event = replace(event, state=self._asked_for)
        with self._lock:
            self._record(event)
