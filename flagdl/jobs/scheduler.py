"""When the jobs of this process run: a few at once; the others wait, some for another job."""

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from concurrent import futures
from contextlib import contextmanager

from flagdl.download.threadpool import WorkerThreads
from flagdl.jobs.running import Resources, RunningJob
from flagdl.model.events import JobState

# This many ended jobs stay in memory: when a job ends, each watcher asks for the whole job.
REMEMBERED = 8


class TooManyJobs(Exception):
    """No job can be accepted now; the message says why, and what to do."""


class Scheduler:
    """The jobs of this process that have not ended, and the last that have; safe from any thread.

    Owns the pool of job threads. `_lock` guards what is below it.
    """

    def __init__(
        self,
        resources: Resources,
        max_running: int,
        max_waiting: int,
    ) -> None:
        self._resources = resources
        self._max_unended = max_running + max_waiting
        self._executor = WorkerThreads(max_running)
        # Start one thread now: if the system gives none later, callers of add() would run the jobs.
        self._executor.submit(bool)
        self._lock = threading.Lock()
        self._live: dict[str, RunningJob] = {}
        self._ended: dict[str, RunningJob] = {}
        # The jobs that wait for another one, by its id.
        self._waiting: defaultdict[str | None, list[RunningJob]] = defaultdict(list)
        self._arriving = 0  # jobs that are being recorded, which waits for the disk
        self._closing = False

    @contextmanager
    def place(self) -> Iterator[None]:
        """Keep a place for a job that is made and added in the block; raises TooManyJobs."""
        with self._lock:
            self._refuse_if_closing()
            if len(self._live) + self._arriving >= self._max_unended:
                raise TooManyJobs("as many jobs wait as may wait: try again when one has ended")
            self._arriving += 1
        try:
            yield
        except BaseException:
            with self._lock:
                self._arriving -= 1
            raise

    def add(self, job: RunningJob, elsewhere: Callable[[], Collection[str]]) -> None:
        """Start a job that has a place, or let it wait for the one before it; raises TooManyJobs.

        `elsewhere` returns the jobs that run in other processes. It is called with the lock held:
        a job that it still returns has not come to `has_ended()`.
        """
        with self._lock:
            self._refuse_if_closing()
            self._live[job.id] = job
            if job.after in self._live or job.after in elsewhere():
                self._waiting[job.after].append(job)
            else:
                self._start(job)
            self._arriving -= 1

    def live(self) -> dict[str, RunningJob]:
        """Return the jobs that have not ended, by id."""
        with self._lock:
            return dict(self._live)

    def ended(self, job_id: str) -> RunningJob | None:
        """Return a job that ended a short time ago, without the disk."""
        with self._lock:
            return self._ended.get(job_id)

    def has_ended(self, job_id: str) -> None:
        """Remember a job of this process, and start those that waited for it.

        Called in the thread that ended the job, also one of another process. May be called twice.
        """
        with self._lock:
            # While the dashboard stops, a job must be found without the history, which stops too.
            if self._closing:
                return
            if job := self._live.pop(job_id, None):
                self._ended[job_id] = job
                if len(self._ended) > REMEMBERED:
                    del self._ended[next(iter(self._ended))]
            for waiting in self._waiting.pop(job_id, ()):
                self._start(waiting)

    def cancel_chain(self, job_id: str) -> None:
        """Cancel a job with all that it waits for and all that wait for it.

        The last comes first: it must not start when the one before it ends.
        """
        for job in reversed(self.chain(job_id)):
            job.cancel()

    def chain(self, job_id: str) -> list[RunningJob]:
        """Return the live jobs that are linked to a job by waiting for each other; oldest first."""
        live = self.live()
        if not (first := live.get(job_id)):
            return []
        while first.after in live:
            first = live[first.after]
        chain = {first.id: first}
        for job in sorted(live.values(), key=lambda job: int(job.id)):  # one waits for an older one
            if job.after in chain:
                chain[job.id] = job
        return list(chain.values())

    def close(self) -> None:
        """Interrupt the jobs, give them three seconds, and stop; may be called twice."""
        with self._lock:
            self._closing = True
            jobs = list(self._live.values())
        for job in jobs:
            job.cancel(JobState.INTERRUPTED)
        futures.wait([job.future for job in jobs if job.future], timeout=3)
        self._executor.shutdown(wait=False)

    def _start(self, job: RunningJob) -> None:
        assert self._lock.locked()
        job.start(self._executor, self._resources)

    def _refuse_if_closing(self) -> None:
        if self._closing:
            raise TooManyJobs("the dashboard stops: try again when it is back")
