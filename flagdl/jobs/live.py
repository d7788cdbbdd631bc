"""A job of this process: each of its events is applied, logged and broadcast, in order."""

import logging
import threading
from concurrent import futures
from contextlib import closing
from dataclasses import replace

from flagdl import engine
from flagdl.download.downloader import Limits
from flagdl.download.servers import Servers
from flagdl.download.store import FlagStore
from flagdl.history.log import History
from flagdl.jobs.broadcast import Broadcaster
from flagdl.jobs.shared import SharedJob
from flagdl.model.events import Event, JobFinished, JobState
from flagdl.model.job import Job
from flagdl.origin.process import OriginError

log = logging.getLogger(__name__)


class LiveJob(SharedJob):
    """Does a job, and owns it until it has ended; safe from any thread."""

    def __init__(self, job: Job, history: History, broadcaster: Broadcaster) -> None:
        super().__init__(job, history, broadcaster)
        self.future: futures.Future[None] | None = None  # set before anybody else sees the job
        self._cancel = threading.Event()
        self._asked_for = JobState.CANCELLED

    def run(self, servers: Servers, store: FlagStore, limits: Limits) -> None:
        """Do the job, from its turn to its end (a job thread)."""
        spec = self._job.spec
        try:
            server = engine.find_server(servers, spec, self._cancel)
            if server is None:
                self.end(self._asked_for)
                return
            with closing(engine.run(spec, server, store, self._cancel, limits)) as events:
                for event in events:
                    self._publish(event)
        except OriginError as exc:
            self.end(JobState.FAILED, str(exc))
        except Exception as exc:
            log.exception("job %s failed", self.id)
            self.end(JobState.FAILED, repr(exc))

    def cancel(self, state: JobState) -> bool:
        """Ask the job to end as cancelled or interrupted; returns whether it has ended by that."""
        self._asked_for = state
        self._cancel.set()
        if self.future and self.future.cancel():
            # It never had its turn, so no job thread will end it.
            self.end(state)
            return True
        return False

    def _publish(self, event: Event) -> None:
        if isinstance(event, JobFinished) and event.state is JobState.CANCELLED:
            event = replace(event, state=self._asked_for)
        with self._lock:
            self._record(event)
