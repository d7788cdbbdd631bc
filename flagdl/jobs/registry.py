"""The registry of jobs: runs new ones in the background and finds old ones in the history."""

import logging
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from flagdl.cluster.connection import Cluster
from flagdl.download.downloader import Limits
from flagdl.download.servers import Servers
from flagdl.download.store import FlagStore
from flagdl.history.history import NEWEST, BrokenLog, History
from flagdl.jobs.broadcast import Broadcaster, Sink
from flagdl.jobs.running import Resources, RunningJob
from flagdl.jobs.scheduler import Scheduler
from flagdl.jobs.terminal_runs import Follower
from flagdl.jobs.watched import Subscribed, WatchedJob
from flagdl.model.events import Event, JobState
from flagdl.model.job import Job, JobRow, Summary, WholeJob, summary
from flagdl.model.log import Log
from flagdl.model.reading import SpecError
from flagdl.model.spec import CLUSTER, JobSpec, parse_spec

log = logging.getLogger(__name__)

MOST_EVENTS = 10_000  # more than any job has


class NoJob(Exception):
    """There is no job with this id, which is the message."""


class JobRunning(Exception):
    """The job has not ended yet."""


class NothingToRetry(Exception):
    """Every flag of the job was saved, or does not exist."""


class Record(NamedTuple):
    """What the history has of one job."""

    row: JobRow
    events: list[Event]


class JobRegistry:
    """All jobs; safe from any thread.

    The scheduler has the jobs that run here, the follower those in terminals, the history the rest.
    """

    def __init__(
        self,
        servers: Servers,
        store: FlagStore,
        history: History,
        broadcaster: Broadcaster,
        *,
        max_running: int,
        max_waiting: int,
        max_jobs: int,
        limits: Limits | None = None,
        cluster: Cluster | None = None,
    ) -> None:
        self._servers = servers
        self._history = history
        self._broadcaster = broadcaster
        self._max_jobs = max_jobs
        self._cluster = cluster or Cluster()
        resources = Resources(servers, store, limits or Limits(), self._cluster)
        self._scheduler = Scheduler(resources, max_running, max_waiting)
        self._follower = Follower(history, broadcaster, on_end=self._scheduler.has_ended)

    def recover(self) -> None:
        """End the jobs of a process that died, and follow those of terminals.

        Call it before the first `submit()`.
        """
        for row in self._history.unended():
            if not row.terminal:
                try:
                    job = self._fold(row)
                    # Pages may have events that the process had no time to write. A gap in the
                    # numbers tells such a page to ask for a snapshot.
                    job.seq += MOST_EVENTS
                    WatchedJob(job, self._history).end(JobState.INTERRUPTED)
                except BrokenLog as exc:
                    log.warning("%s: flagdl counts it as interrupted", exc)
                    self._history.give_up(row.id, len(row.spec.codes))
        self._follower.start()

    def submit(
        self, spec: JobSpec, retry_of: str | None = None, after: str | None = None
    ) -> WholeJob:
        """Start a job, or queue it, and return it; raises TooManyJobs.

        The job waits until the job `after` has ended, in any state. Raises SpecError if there is
        no such job, or no cluster for it.
        """
        if spec.executor == CLUSTER and not self._cluster:
            raise SpecError("executor", "can't be cluster: FLAGDL_CLUSTER is not set")
        if after is not None and not self._history.job(after):
            raise SpecError("after", "must name a job; there is no job %(id)s", id=after)
        with self._scheduler.place():
            row = self._history.create(spec, self._max_jobs, retry_of=retry_of, after=after)
            on_end = self._scheduler.has_ended
            job = RunningJob(Job(row), self._history, self._broadcaster, on_end)
            snapshot = job.to_dict()
            self._scheduler.add(job, self._follower.ids)
        return snapshot

    def submit_all(self, specs: Iterable[JobSpec], *, in_turn: bool) -> list[str]:
        """Start jobs at the same time, or each after the one before it; return their ids.

        If there are too many, those that were started are cancelled, and TooManyJobs is raised.
        """
        ids: list[str] = []
        try:
            for spec in specs:
                after = ids[-1] if in_turn and ids else None
                ids.append(self.submit(spec, after=after)["id"])
        except BaseException:
            for job_id in reversed(ids):
                self.cancel(job_id)
            raise
        return ids

    def get(self, job_id: str) -> WholeJob:
        """Return the whole job; raises NoJob."""
        return self._find(job_id).to_dict()

    def summary(self, job_id: str) -> Summary:
        """Return a job without its items and its report; raises NoJob."""
        return self._summary(self._row(job_id))

    def recent(self, limit: int, before: int = NEWEST) -> list[Summary]:
        """Return summaries of the newest jobs, at most `limit`, with a number below `before`."""
        return [self._summary(row) for row in self._history.jobs(limit, before)]

    def origins(self, jobs: Iterable[Summary]) -> list[str]:
        """Return the jobs that these retried or waited for, without deleted ones."""
        named = {job_id for job in jobs for job_id in (job["retry_of"], job["after"]) if job_id}
        return self._history.existing(named)

    def newest_live(self) -> str | None:
        """Return the id of the newest job that has not ended, if there is one."""
        return max([*self._scheduler.live(), *self._follower.ids()], key=int, default=None)

    def events(self, job_id: str, since: int = 0) -> list[Event]:
        """Return a job's log after the event `since`; raises NoJob."""
        return self._history.events(self._row(job_id).id, since)

    def record(self, job_id: str) -> Record:
        """Return all that is recorded of an ended job; raises NoJob and JobRunning."""
        row = self._ended_row(job_id)
        if row.problem:
            raise BrokenLog(row.problem)
        return Record(row, self._history.events(job_id))

    def import_log(self, log: Log) -> WholeJob:
        """Record a job that another flagdl did, and return it; it is never run."""
        return self.get(self._history.import_log(log, self._max_jobs))

    def cancel(self, job_id: str) -> WholeJob:
        """Ask a job to end and return it; raises NoJob."""
        job = self._find(job_id)
        job.cancel()
        return job.to_dict()

    def chain(self, job_id: str) -> list[str]:
        """Return the live jobs that are linked to a job by waiting for each other; oldest first."""
        return [job.id for job in self._scheduler.chain(job_id)]

    def cancel_chain(self, job_id: str) -> WholeJob:
        """Cancel a job with all jobs linked to it by waiting; raises NoJob."""
        self._scheduler.cancel_chain(job_id)
        return self.cancel(job_id)

    def retry(self, job_id: str) -> WholeJob:
        """Start a job for the codes that ended in error or cancelled.

        On LAB it has the next seed: with the same one, the same codes would fail again.

        Raises NoJob, JobRunning, NothingToRetry, SpecError if its server no longer exists, and
        TooManyJobs.
        """
        row = self._ended_row(job_id)
        if not (codes := self._fold(row).failed_codes):
            raise NothingToRetry
        spec = replace(row.spec, lab=row.spec.lab and row.spec.lab.redrawn())
        return self.submit(
            parse_spec({**spec.to_dict(), "codes": codes}, self._servers), retry_of=job_id
        )

    def delete(self, job_id: str) -> None:
        """Delete a job; raises NoJob and JobRunning."""
        self._history.delete(self._ended_row(job_id).id)

    def subscribe(self, job_id: str, sink: Sink, since: int | None) -> Subscribed:
        """Let `sink` watch a job, see `WatchedJob.subscribe`; raises NoJob."""
        return self._find(job_id).subscribe(sink, since)

    def close(self) -> None:
        """Interrupt what runs here, give it three seconds, and stop; may be called twice."""
        self._follower.close()
        self._scheduler.close()

    def _row(self, job_id: str) -> JobRow:
        if row := self._history.job(job_id):
            return row
        raise NoJob(job_id)

    def _ended_row(self, job_id: str) -> JobRow:
        row = self._row(job_id)
        if not row.state.ended:
            raise JobRunning
        return row

    def _find(self, job_id: str) -> WatchedJob:
        """Return a job, wherever it is; raises NoJob."""
        if job := self._find_running(job_id):
            return job
        row = self._row(job_id)
        try:
            if row.terminal and not row.state.ended:
                return self._follower.follow(row)
            return self._scheduler.ended(job_id) or WatchedJob(self._fold(row), self._history)
        except BrokenLog as exc:
            broken = Job(row)
            broken.be_unreadable(row, str(exc))
            return WatchedJob(broken, self._history)

    def _find_running(self, job_id: str) -> WatchedJob | None:
        return self._scheduler.live().get(job_id) or self._follower.get(job_id)

    def _fold(self, row: JobRow) -> Job:
        """Return a job as its log tells it; raises BrokenLog."""
        if row.problem:
            raise BrokenLog(row.problem)
        job = Job(row)
        for event in self._history.events(row.id):
            job.apply(event)
        return job

    def _summary(self, row: JobRow) -> Summary:
        job = self._find_running(row.id)
        return job.summary() if job else summary(row)
