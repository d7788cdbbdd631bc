"""One browser's websocket; writing to it never waits for the browser.

Every byte for a browser goes through its Watcher: batches of events from the broadcaster's
thread, pings, pongs and close frames from simple-websocket's code. A Watcher sends what the kernel
takes at once and keeps the rest, which the thread of `Watchers` sends.
"""

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Protocol

from simple_websocket import Server
from wsproto.connection import ConnectionState
from wsproto.events import CloseConnection
from wsproto.frame_protocol import FrameProtocol
from wsproto.utilities import LocalProtocolError

NORMAL_CLOSURE = 1000
GOING_AWAY = 1001
INTERNAL_ERROR = 1011
BACKLOG_LIMIT = 1 << 20  # bytes: more than a snapshot and a whole job of 676 flags
TEXT_FRAME = 0x81  # the first byte of a text frame that is not compressed


def text_frame(text: str) -> bytes:
    """Return a text as a websocket frame, which any number of watchers can share."""
    return bytes(FrameProtocol(client=False, extensions=[]).send_data(text))


class DeferredThread:
    """In place of the thread that simple-websocket would start: the handler's own thread reads.

    Reading begins once the Watcher has the socket. The socket is closed once reading has ended.
    """

    name = ""

    def __init__(self, target: Callable[[], None]) -> None:
        self.run = target

    def start(self) -> None:
        """Do nothing: `Watcher.read_until_closed()` calls `run()`."""


# For simple-websocket's Server. Browsers answer pings, but not heartbeats: pings find the browsers
# that are gone without a close frame.
SERVER_OPTIONS = {"ping_interval": 25, "max_message_size": 4096, "thread_class": DeferredThread}


class Group(Protocol):
    """What a watcher needs of all watchers; see `Watchers`."""

    closing: bool
    close_timeout: float

    def send_when_writable(self, watcher: "Watcher") -> None:
        """Send this watcher's backlog as soon as its socket has room."""

    def call_later(self, seconds: float, action: Callable[[], None]) -> None:
        """Call something that neither blocks nor raises, in another thread."""


class Watcher:
    """One browser's socket; a `flagdl.jobs.broadcast.Sink`.

    It replaces the socket inside simple-websocket's `Server`. Several threads write; `_lock` guards
    the order of what they write. The web server owns the socket and closes it when the handler
    returns. This class only shuts it down.
    """

    def __init__(self, ws: Server, group: Group) -> None:
        self._ws = ws
        self._sock: socket.socket = ws.sock
        self._group = group
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
            self._group.send_when_writable(self)
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
        if self._group.closing and code == NORMAL_CLOSURE:
            # The job only ended because the server is stopping.
            code = GOING_AWAY
        # Not ws.close(): it would end the reading, or keep it from beginning. The browser may also
        # have closed before us.
        with contextlib.suppress(LocalProtocolError):
            self.send(self._ws.ws.send(CloseConnection(code, reason)))
        self._group.call_later(self._group.close_timeout, self.shutdown)

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
