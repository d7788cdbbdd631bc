"""A job that many threads read while one thread applies its events."""

import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

from flagdl.history.history import History
from flagdl.jobs.broadcast import Broadcaster, Sink, Subscription
from flagdl.model.events import Event, JobState
from flagdl.model.job import Job, Summary, WholeJob, summary
from flagdl.model.ledger import Ledger


class Subscribed(NamedTuple):
    """What a watcher gets: the first message to send, and the subscription that brings the rest."""

    first: dict[str, Any]
    subscription: Subscription


class WatchedJob:
    """A job that any thread may read and watch.

    RunningJob and FollowedJob are jobs that run; a plain WatchedJob has ended, or its process died.
    `_lock` guards the job. An event is applied, logged and broadcast under this lock; nothing
    there blocks. Without a broadcaster, no event can come.
    """

    def __init__(self, job: Job, history: History, broadcaster: Broadcaster | None = None) -> None:
        self.id = job.id
        self._job = job
        self._history = history
        self._broadcaster = broadcaster
        self._lock = threading.Lock()

    def to_dict(self) -> WholeJob:
        """Return the whole job as the API has it."""
        with self._lock:
            return self._job.to_dict()

    def summary(self) -> Summary:
        """Return the job as lists of jobs show it."""
        with self._lock:
            return summary(self._job)

    def cancel(self) -> None:
        """Ask the job to end; one that has ended stays as it is."""

    def subscribe(self, sink: Sink, since: int | None) -> Subscribed:
        """Let `sink` watch: first a snapshot, or the events after `since`, then what happens.

        Events that are published before the first message is sent wait in the subscription. So
        none is missing and none comes twice.
        """
        with self._lock:
            seen = self._job.seq
            # A number above the last event's is from another history.
            is_new = since is None or since > seen or self._job.state is JobState.UNREADABLE
            snapshot = self._job.to_dict() if is_new else None
            if self._broadcaster and not self._job.state.ended:
                subscription = self._broadcaster.subscribe(self.id, sink, seen)
            else:
                subscription = Subscription(sink, seen, over=True)
        if snapshot is not None:
            return Subscribed({"type": "snapshot", "job": snapshot}, subscription)
        # Without the lock: reading the log waits for the disk, and the job must not.
        try:
            missed = self._history.events(self.id, since or 0)
        except BaseException:
            if self._broadcaster:
                self._broadcaster.unsubscribe(self.id, subscription)
            raise
        events = [event.to_dict() for event in missed if event.seq <= seen]
        return Subscribed({"type": "events", "events": events}, subscription)

    def end(self, state: JobState, detail: str = "") -> None:
        """End a job that can't go on; its open codes count as cancelled. Safe to call twice.

        Two threads that cancel a waiting job at the same time both call this.
        """
        with self._lock:
            for event in last_events(self._job, state, detail):
                self._record(event)

    def _record(self, event: Event) -> None:
        """Apply, log and broadcast one event; requires `_lock`."""
        self._take(event)
        self._history.append(self.id, event)

    def _take(self, event: Event) -> None:
        """Apply and broadcast one event; requires `_lock`."""
        assert self._lock.locked()
        self._job.apply(event)
        if self._broadcaster:
            self._broadcaster.publish(self.id, event)


def last_events(job: Job, state: JobState, detail: str = "") -> Iterator[Event]:
    """Yield the events that end a job which can't go on; none if it has ended."""
    if not job.state.ended:
        ledger = Ledger(job.unaccounted, lambda: job.t, job.counts, job.returned, job.seq)
        yield from ledger.close(state, detail)
