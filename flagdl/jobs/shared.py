"""A job that many look at while one thread tells it what happens."""

import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

from flagdl.history.log import History
from flagdl.jobs.broadcast import Broadcaster, Sink, Subscription
from flagdl.model.events import Event, JobState
from flagdl.model.job import Job, Summary, summary
from flagdl.model.ledger import Ledger


class Joined(NamedTuple):
    """A watcher's way in: what to send first, and where the rest comes from.

    There is no subscription where the job has ended, and the greeting is all.
    """

    greeting: dict[str, Any]
    subscription: Subscription | None


class SharedJob:
    """A job that any thread may look at and watch.

    `_lock` guards the job. An event is applied, logged and broadcast under it, and nothing that
    blocks happens there. Where there is no broadcaster, there is nothing to wait for.
    """

    def __init__(self, job: Job, history: History, broadcaster: Broadcaster | None = None) -> None:
        self.id = job.id
        self._job = job
        self._history = history
        self._broadcaster = broadcaster
        self._lock = threading.Lock()

    def to_dict(self) -> dict[str, Any]:
        """Return the whole job as the API has it."""
        with self._lock:
            return self._job.to_dict()

    def summary(self) -> Summary:
        """Return the job as lists of jobs show it."""
        with self._lock:
            return summary(self._job)

    def join(self, sink: Sink, since: int | None) -> Joined:
        """Let `sink` watch: a snapshot first, or what came after the event `since`.

        What is published before the greeting waits in the subscription, so there is neither a gap
        nor a duplicate.
        """
        with self._lock:
            seen = self._job.seq
            # An event from the future was seen in another history.
            snapshot = self._job.to_dict() if since is None or since > seen else None
            subscription = self._subscribe(sink)
        if snapshot is not None:
            return Joined({"type": "snapshot", "job": snapshot}, subscription)
        # Outside of the lock: reading the log waits for the disk, and the job must not.
        try:
            missed = self._history.events(self.id, since or 0)
        except BaseException:
            if self._broadcaster and subscription:
                self._broadcaster.unsubscribe(self.id, subscription)
            raise
        events = [event.to_dict() for event in missed if event.seq <= seen]
        return Joined({"type": "events", "events": events}, subscription)

    def end(self, state: JobState, detail: str = "") -> None:
        """Account for whatever a job that can't go on has left open, unless it has ended."""
        with self._lock:
            # Two who cancel a waiting job at the same time both come here.
            for event in last_events(self._job, state, detail):
                self._record(event)

    def _subscribe(self, sink: Sink) -> Subscription | None:
        if self._broadcaster is None or self._job.state.ended:
            return None
        return self._broadcaster.subscribe(self.id, sink, self._job.seq)

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
    """Yield what a job that can't go on has left unsaid, and its end; nothing if it has ended."""
    if not job.state.ended:
        ledger = Ledger(job.unaccounted, lambda: job.t, job.counts, job.returned, job.seq)
        yield from ledger.close(state, detail)
