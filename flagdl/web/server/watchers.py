"""The sockets of browsers that watch a job; writing to one never waits for it.

Every byte for a browser goes through its Watcher: batches of events from the broadcaster's
thread, pings, pongs and close frames from simple-websocket's code. A Watcher sends what the kernel
takes at once and keeps the rest. One thread sends the rest when the kernel has room again, and the
heartbeat to everybody.
"""

import contextlib
import json
import sched
import selectors
import socket
import threading
import time
from collections.abc import Callable

from simple_websocket import Server
from wsproto.connection import ConnectionState
from wsproto.events import CloseConnection
from wsproto.frame_protocol import FrameProtocol
from wsproto.utilities import LocalProtocolError

from flagdl.threads import start_thread

NORMAL_CLOSURE = 1000
GOING_AWAY = 1001
INTERNAL_ERROR = 1011
TRY_AGAIN_LATER = 1013
BACKLOG_LIMIT = 1 << 20  # bytes: more than a snapshot and a whole job of 676 flags
# Seconds that a browser has to answer a close frame: usually, and when the server stops.
CLOSE_TIMEOUT = 10.0
STOP_TIMEOUT = 2.0
HEARTBEAT = 5  # seconds
FEW_THREADS_FOR = 30.0  # seconds: after so many, an open page tries a websocket again
TEXT_FRAME = 0x81  # the first byte of a text frame that is not compressed
STOPPING = "the server is stopping"


def text_frame(text: str) -> bytes:
    """Return a text as a websocket frame, which any number of watchers can share."""
    return bytes(FrameProtocol(client=False, extensions=[]).send_data(text))


class DeferredThread:
    """In place of the thread that simple-websocket would start: the handler's own thread reads.

    It begins once the Watcher has the socket, and the socket is closed once it has returned.
    """

    name = ""

    def __init__(self, target: Callable[[], None]) -> None:
        self.run = target

    def start(self) -> None:
        """Do nothing: `Watcher.read_until_closed()` calls `run()`."""


# For simple-websocket's Server. Nobody answers a heartbeat, but browsers answer pings: that finds
# those that are gone without a word.
SERVER_OPTIONS = {"ping_interval": 25, "max_message_size": 4096, "thread_class": DeferredThread}


class Watcher:
    """One browser's socket; a `flagdl.jobs.broadcast.Sink`.

    It replaces the socket inside simple-websocket's `Server`. Several threads write; `_lock` guards
    the order of what they write. The web server owns the socket and closes it when the handler
    returns. This class only shuts it down.
    """

    def __init__(self, ws: Server, watchers: "Watchers") -> None:
        self._ws = ws
        self._sock: socket.socket = ws.sock
        self._watchers = watchers
        self._lock = threading.RLock()  # guards _backlog
        self._backlog = bytearray()
        # Only writing must not block: simple-websocket waits for data before it reads.
        with contextlib.suppress(OSError):  # it may be closed already
            self._sock.setblocking(False)
        ws.sock = self

    def send(self, message: bytes) -> int:
        """Send frames now or later, in order; disconnects a browser that is too far behind."""
        with self._lock:
            if message[0] == TEXT_FRAME and self._ws.ws.state is not ConnectionState.OPEN:
                # After a close frame, in either direction, browsers treat data as an error.
                return len(message)
            waited = bool(self._backlog)
            self._backlog += message
            if not waited:
                self.send_backlog()
            if len(self._backlog) > BACKLOG_LIMIT:
                self._backlog.clear()
                self.shutdown()
            blocked = bool(self._backlog) and not waited
        if blocked:
            self._watchers.send_when_writable(self)
        return len(message)

    def send_backlog(self) -> bool:
        """Send what fits of the backlog; returns whether that was all."""
        with self._lock:
            try:
                while self._backlog:
                    del self._backlog[: self._sock.send(self._backlog)]
            except BlockingIOError:
                pass
            except OSError:
                self._backlog.clear()
            return not self._backlog

    def end(self, code: int = NORMAL_CLOSURE, reason: str = "") -> None:
        """Send a close frame after everything else; then the browser must close, too."""
        if self._watchers.closing and code == NORMAL_CLOSURE:
            # The job only ended because the server is stopping.
            code = GOING_AWAY
        # Not ws.close(): reading would end with it, or not begin. The browser may also have closed
        # before us.
        with contextlib.suppress(LocalProtocolError):
            self.send(self._ws.ws.send(CloseConnection(code, reason)))
        self._watchers.call_later(self._watchers.close_timeout, self.shutdown)

    def read_until_closed(self) -> None:
        """Read until either side closes the socket (the handler's thread)."""
        self._ws.thread.run()

    def shutdown(self) -> None:
        """Shut the socket down, which wakes the thread that reads."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    # The other methods that simple-websocket calls on a socket, all in the handler's thread.

    def recv(self, size: int) -> bytes:
        """Receive from the browser."""
        # Messages from browsers are not used: drop them, or they would fill the memory.
        self._ws.input_buffer.clear()
        return self._sock.recv(size)

    def fileno(self) -> int:
        """Return the socket's file descriptor, -1 once it is closed."""
        return self._sock.fileno()

    def close(self) -> None:
        """End the connection."""
        self.shutdown()


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
        self._few_threads = (0.0, 0)  # until when the limit is lower, and which
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
        # Nobody reads its answer: that would take a thread, which pages need.
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
