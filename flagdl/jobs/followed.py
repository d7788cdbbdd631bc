"""The runs of terminals, followed by what they write to the history, so that browsers see them."""

import logging
import threading
from contextlib import closing

from flagdl.history.locks import Terminal, sweep
from flagdl.history.log import BrokenLog, Changes, History
from flagdl.history.writer import HistoryError
from flagdl.jobs.broadcast import Broadcaster
from flagdl.jobs.shared import SharedJob
from flagdl.model.events import JobState
from flagdl.model.job import Job, JobRow

log = logging.getLogger(__name__)

LOOK_EVERY = 0.1  # seconds
TRY_AGAIN_AFTER = 1.0  # seconds, after a history that can't be read


class FollowedJob(SharedJob):
    """A terminal's run, as its log tells it."""

    def __init__(self, row: JobRow, history: History, broadcaster: Broadcaster) -> None:
        super().__init__(Job(row), history, broadcaster)
        self._terminal = Terminal(history.path, row.terminal)

    def catch_up(self, *, changed: bool) -> bool:
        """Take in what is new, if the log has `changed`; returns whether the job has ended.

        One whose process has died is ended here. Only for the follower, and under its lock.
        """
        # Before the log is read: a process that lives may still write its end.
        alive = not self._terminal.remove_if_dead()
        if changed or not alive:
            try:
                events = self._history.events(self.id, since=self._job.seq)
            except BrokenLog:
                if not alive:
                    self._history.give_up(self.id, len(self._job.spec.codes))
                raise
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
    """Finds the runs of terminals and follows each to its end. Owns one thread."""

    def __init__(self, history: History, broadcaster: Broadcaster) -> None:
        self._history = history
        self._broadcaster = broadcaster
        self._lock = threading.Lock()  # guards _jobs, what they read, and _broken
        self._jobs: dict[str, FollowedJob] = {}
        self._broken: set[str] = set()  # of which nothing more can be known
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="flagdl-follower", daemon=True)

    def start(self) -> None:
        """Take in the runs that there are, and follow them from now on; raises HistoryError."""
        sweep(self._history.path)
        self._look(changed=True)
        self._thread.start()

    def get(self, job_id: str) -> FollowedJob | None:
        """Return a run that has not ended, if it was found (any thread)."""
        return self._jobs.get(job_id)

    def ids(self) -> list[str]:
        """Return the jobs that are followed (any thread)."""
        return list(self._jobs)

    def follow(self, row: JobRow) -> FollowedJob:
        """Follow a run at once, which the thread may not have found yet (any thread)."""
        with self._lock:
            job = self._jobs.get(row.id) or FollowedJob(row, self._history, self._broadcaster)
            self._catch_up(job, changed=True)
            return job

    def close(self) -> None:
        """Follow no more; the runs go on. May be called twice."""
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join(timeout=1)

    def _run(self) -> None:
        wait, changed = LOOK_EVERY, True
        with closing(Changes(self._history.path)) as has_changed:
            while not self._closed.wait(wait):
                # What could not be read is still to be read.
                changed = has_changed() or changed
                try:
                    self._look(changed=changed)
                except HistoryError as exc:
                    log.warning("the runs of terminals can't be followed: %s", exc)
                    wait = TRY_AGAIN_AFTER
                else:
                    wait, changed = LOOK_EVERY, False

    def _look(self, *, changed: bool) -> None:
        with self._lock:
            jobs = dict(self._jobs)
            if changed:
                for row in self._history.unended():
                    if row.terminal and row.id not in jobs.keys() | self._broken:
                        jobs[row.id] = FollowedJob(row, self._history, self._broadcaster)
            for job in jobs.values():
                try:
                    self._catch_up(job, changed=changed)
                except BrokenLog as exc:
                    log.warning("%s: it is followed no more", exc)
                    self._jobs.pop(job.id, None)
                    self._broken.add(job.id)

    def _catch_up(self, job: FollowedJob, *, changed: bool) -> None:
        assert self._lock.locked()
        if job.catch_up(changed=changed):
            self._jobs.pop(job.id, None)
        else:
            self._jobs[job.id] = job
