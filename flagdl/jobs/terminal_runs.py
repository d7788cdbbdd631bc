"""Runs in terminals: the dashboard reads what they write to the history, and shows them live."""

import logging
import threading
from collections.abc import Callable
from contextlib import closing, suppress

from flagdl.history.changes import Changes
from flagdl.history.history import BrokenLog, History
from flagdl.history.locks import Terminal, sweep
from flagdl.history.writer import HistoryError
from flagdl.jobs.broadcast import Broadcaster
from flagdl.jobs.watched import WatchedJob
from flagdl.model.events import JobState
from flagdl.model.job import Job, JobRow
from flagdl.system.threads import start_thread

log = logging.getLogger(__name__)

POLL_INTERVAL = 0.1  # seconds
RETRY_INTERVAL = 1.0  # seconds, after a history that can't be read


class FollowedJob(WatchedJob):
    """A run in a terminal, as its log tells it."""

    def __init__(self, row: JobRow, history: History, broadcaster: Broadcaster) -> None:
        super().__init__(Job(row), history, broadcaster)
        self._terminal = Terminal(history.path, row.terminal)

    def read_new_events(self, *, changed: bool) -> bool:
        """Take in new events, if the log has `changed`; returns whether the job has ended.

        Ends the job if its process has died. Raises BrokenLog. Only the follower calls this, under
        its lock.
        """
        # Checked before the log is read. Otherwise a process could write its end and leave between
        # the two, and its job would count as interrupted.
        alive = not self._terminal.remove_if_dead()
        if changed or not alive:
            events = self._history.events(self.id, since=self._job.seq)
            with self._lock:
                for event in events:
                    self._take(event)
        if not alive:
            self.end(JobState.INTERRUPTED)
        return self._job.state.ended

    def cancel(self) -> None:
        """Ask the run to end, which it does within a moment; raises HistoryError."""
        self._terminal.ask_to_cancel()


class Follower:
    """Finds runs in terminals and follows each to its end. Owns one thread.

    `on_end` gets the id of each run that has ended, in the thread that found it. `_lock` guards
    changes of `_jobs`, and all reading of logs. Looking a job up needs no lock: it is one step, and
    must not wait for the disk.
    """

    def __init__(
        self,
        history: History,
        broadcaster: Broadcaster,
        on_end: Callable[[str], object],
        retry_interval: float = RETRY_INTERVAL,
    ) -> None:
        self._on_end = on_end
        self._history = history
        self._broadcaster = broadcaster
        self._retry_interval = retry_interval
        self._lock = threading.Lock()
        self._jobs: dict[str, FollowedJob] = {}
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Read the runs that exist, and follow them from now on; raises HistoryError."""
        sweep(self._history.path)
        self._poll(changed=True)
        self._thread = start_thread(self._run, "flagdl-follower")

    def get(self, job_id: str) -> FollowedJob | None:
        """Return a run that has not ended, if it was found (any thread)."""
        return self._jobs.get(job_id)

    def ids(self) -> list[str]:
        """Return the jobs that are followed (any thread)."""
        return list(self._jobs)

    def follow(self, row: JobRow) -> FollowedJob:
        """Follow a run at once, even if the thread has not found it yet (any thread)."""
        with self._lock:
            job = self._jobs.get(row.id) or FollowedJob(row, self._history, self._broadcaster)
            self._read(job, changed=True)
            return job

    def close(self) -> None:
        """Stop following; the runs go on. May be called twice."""
        self._closed.set()
        if self._thread:
            self._thread.join(timeout=1)

    def _run(self) -> None:
        wait, changed = POLL_INTERVAL, True
        with closing(Changes(self._history.path)) as has_changed:
            while not self._closed.wait(wait):
                # After an error, the change is still to be read.
                changed = has_changed() or changed
                try:
                    self._poll(changed=changed)
                except HistoryError as exc:
                    log.warning("can't follow the runs in terminals: %s", exc)
                    wait = self._retry_interval
                else:
                    wait, changed = POLL_INTERVAL, False

    def _poll(self, *, changed: bool) -> None:
        with self._lock:
            jobs = dict(self._jobs)
            if changed:
                for row in self._history.unended():
                    if row.terminal and row.id not in jobs:
                        jobs[row.id] = FollowedJob(row, self._history, self._broadcaster)
            for job in jobs.values():
                with suppress(BrokenLog):
                    self._read(job, changed=changed)

    def _read(self, job: FollowedJob, *, changed: bool) -> None:
        assert self._lock.locked()
        try:
            ended = job.read_new_events(changed=changed)
        except BrokenLog as exc:
            log.warning("%s: flagdl counts the job as interrupted", exc)
            self._jobs.pop(job.id, None)
            self._history.give_up(job.id, job.summary()["total"])
            self._on_end(job.id)
            raise
        if ended:
            self._jobs.pop(job.id, None)
            self._on_end(job.id)
        else:
            self._jobs[job.id] = job
