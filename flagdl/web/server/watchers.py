"""The sockets of browsers that watch a job, written to without ever waiting for one of them.

Every byte for a browser goes through its Watcher: batches of events from the broadcaster's
thread, pings, pongs and close frames from simple-websocket's. A Watcher sends what the kernel
takes at once and keeps the rest; one thread sends the rest when the kernel has room again.
"""

import contextlib
import selectors
import socket
import struct
import threading

from simple_websocket import ConnectionClosed, Server
from wsproto.connection import ConnectionState
from wsproto.utilities import LocalProtocolError

JOB_OVER = 1000
GOING_AWAY = 1001
INTERNAL_ERROR = 1011
TRY_AGAIN_LATER = 1013
BACKLOG_LIMIT = 1 << 20  # bytes: more than a snapshot and a whole job of 676 flags
CLOSE_WITHIN = 10.0  # seconds that a browser has to answer a close frame
REFUSED_WITHIN = 1.0  # the same, for whoever is turned away: it holds a thread meant for pages
STOP_WITHIN = 2.0  # the same, when the server stops
LOOK_EVERY = 10.0  # seconds between two looks whether simple-websocket's thread still lives
TEXT_FRAME = 0x81
STOPPING = "the server stops"


def text_frame(payload: bytes) -> bytes:
    """Return a websocket frame with a text, encoded once for all who get it (RFC 6455, 5.2).

    It is not compressed, which the protocol allows whatever was negotiated.
    """
    if len(payload) < 126:
        return struct.pack("!BB", TEXT_FRAME, len(payload)) + payload
    if len(payload) < 1 << 16:
        return struct.pack("!BBH", TEXT_FRAME, 126, len(payload)) + payload
    return struct.pack("!BBQ", TEXT_FRAME, 127, len(payload)) + payload


class Watcher:
    """One browser's socket, in the place of simple-websocket's own; a `flagdl.jobs.broadcast.Sink`.

    Several threads write; `_changed` guards the order of what they write, and all below. The
    socket is the server's, which closes it when the handler returns: here it is only shut down.
    """

    def __init__(self, ws: Server, watchers: "Watchers") -> None:
        self._ws = ws
        self._sock: socket.socket = ws.sock
        self._watchers = watchers
        self._changed = threading.Condition()
        self._backlog = bytearray()
        self._ending = False  # our close frame is sent, or waits behind the backlog
        self._gone = False  # simple-websocket's thread has come to its end
        # What doesn't fit is kept here and sent later; whoever reads has waited for data before.
        with contextlib.suppress(OSError):  # it may be closed already
            self._sock.setblocking(False)
        ws.sock = self

    def send(self, message: bytes) -> int:
        """Send frames now or later, in order; gives up on a browser that is too far behind."""
        with self._changed:
            if message[0] == TEXT_FRAME and self._ws.ws.state is not ConnectionState.OPEN:
                # A close frame has come or gone; to browsers, what follows it is an error.
                return len(message)
            waited = bool(self._backlog)
            self._backlog += message
            if not waited:
                self._send_what_fits()
            if len(self._backlog) > BACKLOG_LIMIT:
                self._backlog.clear()
                self.shutdown()
            must_wait = bool(self._backlog) and not waited
        if must_wait:
            self._watchers.wait_for_room(self)
        return len(message)

    def send_backlog(self) -> bool:
        """Send what has had to wait (the watchers' thread); returns whether that was all."""
        with self._changed:
            self._send_what_fits()
            return not self._backlog

    def end(self, code: int = JOB_OVER, reason: str = "") -> None:
        """Send a close frame behind everything else; its time to be answered begins."""
        if self._watchers.closing and code == JOB_OVER:
            # The job is over because the server stops.
            code = GOING_AWAY
        # The browser's own close frame may be under way through simple-websocket's thread.
        with contextlib.suppress(ConnectionClosed, LocalProtocolError):
            self._ws.close(code, reason)
        with self._changed:
            self._ending = True
            self._changed.notify_all()

    def wait_until_closed(self, patience: float = CLOSE_WITHIN) -> None:
        """Wait until the browser has left, or has had its time to do so (the handler's thread)."""
        with self._changed:
            while not (self._ending or self._has_gone()):
                self._changed.wait(LOOK_EVERY)
            if not self._changed.wait_for(self._has_gone, timeout=patience):
                self.shutdown()
                # As soon as this returns, the server gives the socket's number away.
                self._changed.wait_for(self._has_gone, timeout=STOP_WITHIN)

    def shutdown(self) -> None:
        """Shut the socket down, which frees whoever waits for it."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    # The rest of what simple-websocket asks of a socket, all called by its own thread.

    def recv(self, size: int) -> bytes:
        """Receive from the browser."""
        # What browsers say is of no interest: only that they are there.
        self._ws.input_buffer.clear()
        return self._sock.recv(size)

    def fileno(self) -> int:
        """Return the socket's file descriptor, -1 once it is closed."""
        return self._sock.fileno()

    def close(self) -> None:
        """Let the handler know that simple-websocket's thread has come to its end."""
        self.shutdown()
        with self._changed:
            self._gone = True
            self._changed.notify_all()

    def _has_gone(self) -> bool:
        # Its thread may have ended before its socket was ours, or in a way that it didn't foresee.
        return self._gone or not self._ws.thread.is_alive()

    def _send_what_fits(self) -> None:
        try:
            while self._backlog:
                sent = self._sock.send(self._backlog)
                del self._backlog[:sent]
        except BlockingIOError:
            pass
        except OSError:
            self._backlog.clear()


class Watchers:
    """All sockets that watch, and the one thread that looks after the slow ones."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._changed = threading.Condition()  # guards all below
        self._all: set[Watcher] = set()
        self._full: list[Watcher] = []
        self.closing = False
        self._wake_up, self._woken = socket.socketpair()
        self._wake_up.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="flagdl-watchers", daemon=True)
        self._thread.start()

    def __len__(self) -> int:
        with self._changed:
            return len(self._all)

    def welcome(self, ws: Server) -> Watcher | None:
        """Take a new socket in; closes it and returns None where there are too many."""
        watcher = Watcher(ws, self)
        with self._changed:
            if len(self._all) < self._limit and not self.closing:
                self._all.add(watcher)
                return watcher
        if self.closing:
            watcher.end(GOING_AWAY, STOPPING)
        else:
            watcher.end(TRY_AGAIN_LATER, "too many watchers")
        # Left open, the socket would make gunicorn's main thread wait for it.
        watcher.wait_until_closed(REFUSED_WITHIN)
        return None

    def farewell(self, watcher: Watcher) -> None:
        """Forget a socket that is closed."""
        with self._changed:
            self._all.discard(watcher)
            self._changed.notify_all()

    def wait_for_room(self, watcher: Watcher) -> None:
        """Send the rest for this watcher as soon as its socket has room."""
        with self._changed:
            self._full.append(watcher)
        self._wake()

    def begin_to_close(self) -> None:
        """Let in nobody more; whoever's job is over from now on hears "going away"."""
        with self._changed:
            self.closing = True

    def close(self) -> None:
        """Close every socket with 1001, "going away"; may be called twice."""
        self.begin_to_close()
        with self._changed:
            watchers = list(self._all)
        for watcher in watchers:
            watcher.end(GOING_AWAY, STOPPING)
        with self._changed:
            self._changed.wait_for(lambda: not self._all, timeout=STOP_WITHIN)
            for watcher in self._all:
                watcher.shutdown()
        self._wake_up.close()
        self._thread.join(timeout=1)

    def _wake(self) -> None:
        # A full socket means that the thread has enough to wake up for, a closed one that it ended.
        with contextlib.suppress(OSError):
            self._wake_up.send(b"\0")

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector, self._woken:
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fileobj is not self._woken:
                        if key.data.send_backlog():
                            selector.unregister(key.fd)
                    elif not self._woken.recv(4096):
                        return
                self._register_full(selector)

    def _register_full(self, selector: selectors.BaseSelector) -> None:
        with self._changed:
            full, self._full = self._full, []
        for watcher in full:
            # Its number may have belonged to a socket that was closed with a backlog.
            with contextlib.suppress(KeyError, ValueError):
                selector.unregister(watcher.fileno())
            with contextlib.suppress(ValueError, OSError):
                selector.register(watcher.fileno(), selectors.EVENT_WRITE, watcher)
