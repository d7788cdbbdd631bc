"""A job that has not ended: each of its events is applied, logged and broadcast, in order."""

import logging
import threading
from concurrent import futures
from contextlib import closing
from dataclasses import replace
from typing import Any, NamedTuple

from flagdl import engine
from flagdl.broadcast import Broadcaster, Sink, Subscription
from flagdl.download import Limits
from flagdl.events import Event, JobFinished, JobState
from flagdl.history import History
from flagdl.job import Job, summary
from flagdl.origin.process import OriginError
from flagdl.servers import Servers
from flagdl.storage import FlagStore

log = logging.getLogger(__name__)


class Watched(NamedTuple):
    """What a watcher was given: a snapshot, if it needs one, and its subscription to the rest.

    `seen` is the last event before the subscription; there is none where the job has ended.
    """

    snapshot: dict[str, Any] | None
    seen: int
    subscription: Subscription | None


class LiveJob:
    """Owns a job until it has ended; safe from any thread.

    `_lock` guards the job. An event is applied, logged and broadcast under it, and nothing that
    blocks happens there.
    """

    def __init__(self, job: Job, history: History, broadcaster: Broadcaster) -> None:
        self.id = job.id
        self.future: futures.Future[None] | None = None  # set before anybody else sees the job
        self._job = job
        self._history = history
        self._broadcaster = broadcaster
        self._lock = threading.Lock()
        self._cancel = threading.Event()
        self._asked_for = JobState.CANCELLED

    def to_dict(self) -> dict[str, Any]:
        """Return the whole job as the API has it."""
        with self._lock:
            return self._job.to_dict()

    def summary(self) -> dict[str, Any]:
        """Return the job as lists of jobs show it."""
        with self._lock:
            return summary(self._job)

    def watch(self, sink: Sink, since: int | None) -> Watched:
        """Subscribe `sink` to what comes, and say what it must know before that."""
        with self._lock:
            seen = self._job.seq
            # An event from the future was seen in another history.
            needs_snapshot = since is None or since > seen
            return Watched(
                self._job.to_dict() if needs_snapshot else None,
                seen,
                None if self._job.state.ended else self._broadcaster.subscribe(self.id, sink, seen),
            )

    def run(self, servers: Servers, store: FlagStore, limits: Limits) -> None:
        """Do the job, from its turn to its end (a job thread)."""
        spec = self._job.spec
        try:
            server = servers[spec.server]
            with closing(engine.run(spec, server, store, self._cancel, limits)) as events:
                for event in events:
                    self._publish(event)
        except OriginError as exc:
            # Ctrl-C in a terminal may reach the flag servers before they have come up.
            self.end(self._asked_for if self._cancel.is_set() else JobState.FAILED, str(exc))
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

    def end(self, state: JobState, detail: str = "") -> None:
        """Account for whatever a job that can't go on has left open, unless it has ended."""
        job = self._job
        with self._lock:
            # Two who cancel a waiting job at the same time both come here.
            if not job.state.ended:
                ledger = engine.Ledger(job.unaccounted, lambda: job.t, job.counts, job.seq)
                for event in ledger.close(state, detail):
                    self._record(event)

    def _publish(self, event: Event) -> None:
        if isinstance(event, JobFinished) and event.state is JobState.CANCELLED:
            event = replace(event, state=self._asked_for)
        with self._lock:
            self._record(event)

    def _record(self, event: Event) -> None:
        """Apply, log and broadcast one event; requires `_lock`."""
        assert self._lock.locked()
        self._job.apply(event)
        self._history.append(self.id, event)
        self._broadcaster.publish(self.id, event)
