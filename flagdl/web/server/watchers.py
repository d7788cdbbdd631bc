"""All browsers that watch a job: one thread sends what they are slow to take, and the heartbeat."""

import contextlib
import json
import sched
import selectors
import socket
import threading
import time
from collections.abc import Callable

from simple_websocket import Server

from flagdl.system.threads import start_thread
from flagdl.web.server.watcher import GOING_AWAY, Watcher, text_frame

TRY_AGAIN_LATER = 1013
# Seconds that a browser has to answer a close frame: usually, and when the server stops.
CLOSE_TIMEOUT = 10.0
STOP_TIMEOUT = 2.0
HEARTBEAT = 5  # seconds
FEW_THREADS_FOR = 30.0  # seconds: after this time, an open page tries a websocket again
STOPPING = "the server is stopping"


class Watchers:
    """All watchers, and the one thread that sends to the slow ones, and the heartbeat to all.

    A heartbeat says in how many seconds at most the next one comes.
    """

    def __init__(
        self,
        limit: int,
        *,
        heartbeat: float = HEARTBEAT,
        close_timeout: float = CLOSE_TIMEOUT,
        stop_timeout: float = STOP_TIMEOUT,
    ) -> None:
        self.heartbeat = text_frame(json.dumps({"type": "heartbeat", "seconds": heartbeat}))
        self._interval = heartbeat
        self._limit = limit
        self.close_timeout = close_timeout
        self._stop_timeout = stop_timeout
        self._changed = threading.Condition()  # guards all below
        self._all: set[Watcher] = set()
        self._few_threads = (0.0, 0)  # until when the limit is lower, and the lower limit
        self._blocked: list[Watcher] = []
        self.closing = False
        self._schedule = sched.scheduler(time.monotonic)
        self._schedule.enter(heartbeat, 0, self._beat)
        self._waker, self._woken = socket.socketpair()
        self._waker.setblocking(False)
        self._thread = start_thread(self._run, "flagdl-watchers")

    def __len__(self) -> int:
        with self._changed:
            return len(self._all)

    def register(self, ws: Server) -> Watcher | None:
        """Return the watcher for a new socket; closes it and returns None if there are too many."""
        watcher = Watcher(ws, self)
        with self._changed:
            if len(self._all) < self._limit_now() and not self.closing:
                self._all.add(watcher)
                return watcher
        # The browser's answer is not read: that would take a thread, which pages need.
        if self.closing:
            watcher.end(GOING_AWAY, STOPPING)
        else:
            watcher.end(TRY_AGAIN_LATER, "too many watchers")
        return None

    def make_room(self, threads: int) -> None:
        """Leave half of the server's `threads` to pages for a while: the system gives no more."""
        with self._changed:
            self._few_threads = (time.monotonic() + FEW_THREADS_FOR, threads // 2)
            superfluous = [*self._all][self._limit_now() :]
            self._all.difference_update(superfluous)
        for watcher in superfluous:
            watcher.end(TRY_AGAIN_LATER, "too few threads")

    def _limit_now(self) -> int:
        until, fewer = self._few_threads
        return min(self._limit, fewer) if time.monotonic() < until else self._limit

    def unregister(self, watcher: Watcher) -> None:
        """Remove a watcher whose socket is closed."""
        with self._changed:
            self._all.discard(watcher)
            self._changed.notify_all()

    def send_when_writable(self, watcher: Watcher) -> None:
        """Send this watcher's backlog as soon as its socket has room."""
        with self._changed:
            self._blocked.append(watcher)
        self._wake()

    def call_later(self, seconds: float, action: Callable[[], None]) -> None:
        """Have the watchers' thread do something that neither blocks nor raises."""
        self._schedule.enter(seconds, 0, action)
        self._wake()

    def stop_accepting(self) -> None:
        """Refuse new watchers; from now on, sockets of ended jobs are closed with 1001, too."""
        with self._changed:
            self.closing = True

    def close(self) -> None:
        """Close every socket with 1001 ("going away"); may be called twice."""
        self.stop_accepting()
        with self._changed:
            watchers = list(self._all)
        for watcher in watchers:
            watcher.end(GOING_AWAY, STOPPING)
        with self._changed:
            self._changed.wait_for(lambda: not self._all, timeout=self._stop_timeout)
            for watcher in self._all:
                watcher.shutdown()
        self._waker.close()
        self._thread.join(timeout=1)

    def _wake(self) -> None:
        # If the buffer is full, the thread will wake anyway; if it is closed, the thread has ended.
        with contextlib.suppress(OSError):
            self._waker.send(b"\0")

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector, self._woken:
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select(self._schedule.run(blocking=False)):
                    if key.fileobj is not self._woken:
                        if key.data.send_backlog():
                            selector.unregister(key.fd)
                    elif not self._woken.recv(4096):
                        return
                self._register_blocked(selector)

    def _beat(self) -> None:
        self._schedule.enter(self._interval, 0, self._beat)
        with self._changed:
            watchers = list(self._all)
        for watcher in watchers:
            watcher.send(self.heartbeat)

    def _register_blocked(self, selector: selectors.BaseSelector) -> None:
        with self._changed:
            blocked, self._blocked = self._blocked, []
        for watcher in blocked:
            # A socket that was closed with a backlog may have had the same descriptor.
            with contextlib.suppress(KeyError, ValueError):
                selector.unregister(watcher.fileno())
            with contextlib.suppress(ValueError, OSError):
                selector.register(watcher.fileno(), selectors.EVENT_WRITE, watcher)
