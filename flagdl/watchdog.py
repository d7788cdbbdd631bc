"""Deadlines that hold: a thread that shuts the sockets of downloads that take too long.

A socket's timeout starts anew with every byte, so a server that drips holds a thread for ever.
Shutting the socket down from outside ends any wait for it, wherever in the answer that is.
"""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flagdl.events import DownloadStatus

TICK = 0.2

# How a connection, which requests makes and hands around, finds the attempt it works for.
_thread = threading.local()


class GivenUp(Exception):
    """The download was ended from outside: `status` says how that counts, `reason` why."""

    def __init__(self, status: DownloadStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Attempt:
    """One request under way. `lock` guards `sock` and `given_up`: two threads want them."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.lock = threading.Lock()
        self.sock: socket.socket | None = None
        self.given_up: GivenUp | None = None

    def hold(self, sock: socket.socket) -> None:
        """Make `sock` the one to shut down (worker thread); raises GivenUp if it is too late."""
        with self.lock:
            self.sock = sock
        self.check()

    def check(self) -> None:
        """Raise GivenUp if this attempt was cut off: a cut body looks like a clean end."""
        if self.given_up:
            raise self.given_up

    def cut(self, given_up: GivenUp) -> None:
        """End the attempt from outside (watchdog thread)."""
        with self.lock:
            self.given_up = self.given_up or given_up
            if self.sock is not None:
                with contextlib.suppress(OSError):
                    self.sock.shutdown(socket.SHUT_RDWR)

    def release(self) -> None:
        """Let go of the socket, which another attempt may use next (worker thread)."""
        with self.lock:
            self.sock = None


def hold(sock: socket.socket) -> None:
    """Tell the attempt of this thread which socket it waits for."""
    attempt: Attempt | None = getattr(_thread, "attempt", None)
    if attempt is not None:
        attempt.hold(sock)


class Watchdog:
    """Cuts off the attempts that are past their deadline, and all of them on `cancel`.

    Owns one thread, from construction to `close()`.
    """

    def __init__(self, cancel: threading.Event, clock: Callable[[], float]) -> None:
        self._cancel = cancel
        self._clock = clock
        self._attempts: set[Attempt] = set()
        self._lock = threading.Lock()  # guards _attempts
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="flagdl-watchdog", daemon=True)
        self._thread.start()

    @contextmanager
    def attempt(self, deadline: float) -> Iterator[Attempt]:
        """Watch what this worker thread does until the block ends."""
        attempt = Attempt(deadline)
        with self._lock:
            self._attempts.add(attempt)
        _thread.attempt = attempt
        try:
            # After joining the set: either the watchdog sees this attempt, or it sees the event.
            if self._cancel.is_set():
                attempt.cut(GivenUp(DownloadStatus.CANCELLED, "cancelled"))
            attempt.check()
            yield attempt
        finally:
            _thread.attempt = None
            attempt.release()
            with self._lock:
                self._attempts.discard(attempt)

    def close(self) -> None:
        """Stop watching; may be called twice."""
        self._closed.set()
        self._thread.join(timeout=1)

    def _run(self) -> None:
        while not self._closed.wait(TICK):
            self._cut_off()
        # Whoever is still at it when a job ends early has just been cancelled.
        self._cut_off()

    def _cut_off(self) -> None:
        with self._lock:
            attempts = list(self._attempts)
        now = self._clock()
        for attempt in attempts:
            if self._cancel.is_set():
                attempt.cut(GivenUp(DownloadStatus.CANCELLED, "cancelled"))
            elif now > attempt.deadline:
                attempt.cut(GivenUp(DownloadStatus.ERROR, "deadline"))
