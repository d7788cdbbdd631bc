"""Events for every watcher of a job: in batches, encoded once, by one thread that never blocks."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from flagdl.model.events import Event, JobFinished
from flagdl.system.threads import start_thread

# Seconds between two rounds. The longer a round takes, the longer the next one waits. Browsers
# paint every 0.016 s.
SHORTEST_WINDOW = 0.01
LONGEST_WINDOW = 0.05


class Sink(Protocol):
    """Where a watcher's messages go. Its methods neither block nor raise."""

    def send(self, message: bytes) -> object:
        """Queue a message; a sink whose queue is too long drops its watcher."""

    def end(self) -> None:
        """The job has ended: no message follows."""


class Subscription:
    """One watcher of one job.

    Events queue here until `start()` sends the watcher's first message, so that none is missed.
    `_lock` guards all of it.
    """

    def __init__(self, sink: Sink, seen: int, *, over: bool = False) -> None:
        self.seen = seen
        self.over = over  # no more events will come
        self._sink = sink
        self._lock = threading.Lock()
        self._backlog: list[bytes] | None = []

    def start(self, message: bytes) -> None:
        """Send the first message and then what has queued up (the watcher's thread)."""
        with self._lock:
            backlog, self._backlog = self._backlog or [], None
            for queued in (message, *backlog):
                self._sink.send(queued)
            if self.over:
                self._sink.end()

    def deliver(self, message: bytes, *, last: bool) -> None:
        """Send a batch of events, or queue it (the broadcaster's thread)."""
        with self._lock:
            self.over = last
            if self._backlog is not None:
                self._backlog.append(message)
                return
            self._sink.send(message)
            if last:
                self._sink.end()


class Broadcaster:
    """Takes events from jobs and hands them to the watchers of each. Owns one thread."""

    def __init__(self, encode: Callable[[Sequence[Event]], bytes]) -> None:
        self._encode = encode
        self._lock = threading.Lock()  # guards _pending and _subscriptions
        self._pending: dict[str, list[Event]] = {}
        self._subscriptions: dict[str, set[Subscription]] = {}
        self._published = threading.Event()
        self._hurry = threading.Event()  # don't wait: a job has ended, or the broadcaster closes
        self._closed = threading.Event()
        self._thread = start_thread(self._run, "flagdl-broadcast")

    def publish(self, job_id: str, event: Event) -> None:
        """Queue an event for the job's watchers; returns at once."""
        with self._lock:
            if job_id not in self._subscriptions:
                return
            self._pending.setdefault(job_id, []).append(event)
        self._published.set()
        if isinstance(event, JobFinished):
            self._hurry.set()

    def subscribe(self, job_id: str, sink: Sink, seen: int) -> Subscription:
        """Send `sink` the job's events numbered above `seen`, once the subscription is started."""
        subscription = Subscription(sink, seen)
        with self._lock:
            self._subscriptions.setdefault(job_id, set()).add(subscription)
        return subscription

    def unsubscribe(self, job_id: str, subscription: Subscription) -> None:
        """End a subscription; may be called twice."""
        with self._lock:
            watchers = self._subscriptions.get(job_id, set())
            watchers.discard(subscription)
            if not watchers:
                self._subscriptions.pop(job_id, None)
                self._pending.pop(job_id, None)

    def close(self) -> None:
        """Send what is queued and stop; may be called twice."""
        self._closed.set()
        self._published.set()
        self._hurry.set()
        self._thread.join(timeout=2)

    def _run(self) -> None:
        window = SHORTEST_WINDOW
        while not self._closed.is_set():
            self._published.wait()
            self._hurry.wait(window)
            self._hurry.clear()
            self._published.clear()
            began = time.monotonic()
            self._send_round()
            took = time.monotonic() - began
            window = min(max(4 * took, SHORTEST_WINDOW), LONGEST_WINDOW)
        # Events may have been published during the last round.
        self._send_round()

    def _send_round(self) -> None:
        with self._lock:
            pending, self._pending = self._pending, {}
            watchers = {job_id: list(self._subscriptions[job_id]) for job_id in pending}
        for job_id, events in pending.items():
            self._send(events, watchers[job_id])
            if isinstance(events[-1], JobFinished):
                with self._lock:
                    self._subscriptions.pop(job_id, None)

    def _send(self, events: Sequence[Event], watchers: Sequence[Subscription]) -> None:
        last = isinstance(events[-1], JobFinished)
        whole: bytes | None = None
        for watcher in watchers:
            if watcher.seen < events[0].seq:
                whole = whole or self._encode(events)
                watcher.deliver(whole, last=last)
            elif unseen := [event for event in events if event.seq > watcher.seen]:
                # It subscribed in the middle of this batch.
                watcher.deliver(self._encode(unseen), last=last)
