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
import time

from simple_websocket import ConnectionClosed, Server

GOING_AWAY = 1001
TRY_AGAIN_LATER = 1013
BACKLOG_LIMIT = 1 << 20  # bytes: more than a snapshot and a whole job of 676 flags
CLOSE_WITHIN = 10.0  # seconds that a browser has to answer a close frame
STOP_WITHIN = 2.0  # the same, when the server stops
TICK = 0.5
TEXT_FRAME = 0x81


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
    """One browser's socket, in the place of simple-websocket's own; a `flagdl.broadcast.Sink`.

    Several threads write; `_lock` guards the order of what they write.
    """

    def __init__(self, ws: Server, watchers: "Watchers") -> None:
        self._ws = ws
        self._sock: socket.socket = ws.sock
        self._watchers = watchers
        self._lock = threading.Lock()
        self._backlog = bytearray()
        ws.sock = self

    def send(self, message: bytes) -> int:
        """Send frames now or later, in order; gives up on a browser that is too far behind."""
        with self._lock:
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
        with self._lock:
            self._send_what_fits()
            return not self._backlog

    def end(self, code: int = 1000, reason: str = "") -> None:
        """Send a close frame behind everything else, and see to it that it is answered."""
        with contextlib.suppress(ConnectionClosed):
            self._ws.close(code, reason)
        self._watchers.see_off(self)

    def wait_until_closed(self) -> None:
        """Wait until the browser has left or answered our close frame (the socket's thread)."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                # What browsers say is of no interest: only that they are there.
                self._ws.receive()

    def shutdown(self) -> None:
        """Shut the socket down: close() alone would not free who waits for it."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    # The rest of what simple-websocket asks of a socket, all called by its own thread.

    def recv(self, size: int) -> bytes:
        """Receive from the browser."""
        return self._sock.recv(size)

    def fileno(self) -> int:
        """Return the socket's file descriptor, -1 once it is closed."""
        return self._sock.fileno()

    def close(self) -> None:
        """Close the socket, and wake up who waits in receive(): not every way here does."""
        self._sock.close()
        self._ws.event.set()

    def _send_what_fits(self) -> None:
        try:
            while self._backlog:
                sent = self._sock.send(self._backlog, socket.MSG_DONTWAIT)
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
        self._leaving: dict[Watcher, float] = {}
        self._closed = False
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
            if len(self._all) < self._limit and not self._closed:
                self._all.add(watcher)
                return watcher
        watcher.end(TRY_AGAIN_LATER, "too many watchers")
        return None

    def farewell(self, watcher: Watcher) -> None:
        """Forget a socket that is closed."""
        with self._changed:
            self._all.discard(watcher)
            self._leaving.pop(watcher, None)
            self._changed.notify_all()

    def wait_for_room(self, watcher: Watcher) -> None:
        """Send the rest for this watcher as soon as its socket has room."""
        with self._changed:
            self._full.append(watcher)
        self._wake()

    def see_off(self, watcher: Watcher) -> None:
        """Give a watcher its time to answer the close frame, and then shut its socket down."""
        with self._changed:
            self._leaving.setdefault(watcher, time.monotonic() + CLOSE_WITHIN)
        self._wake()

    def close(self) -> None:
        """Close every socket with 1001, "going away"; may be called twice."""
        with self._changed:
            self._closed = True
            watchers = list(self._all)
        for watcher in watchers:
            watcher.end(GOING_AWAY, "the server stops")
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
                for key, _ in selector.select(TICK if self._leaving else None):
                    if key.fileobj is not self._woken:
                        if key.data.send_backlog():
                            selector.unregister(key.fd)
                    elif not self._woken.recv(4096):
                        return
                self._register_full(selector)
                self._shut_down_late()

    def _register_full(self, selector: selectors.BaseSelector) -> None:
        with self._changed:
            full, self._full = self._full, []
        for watcher in full:
            # Its number may have belonged to a socket that was closed with a backlog.
            with contextlib.suppress(KeyError, ValueError):
                selector.unregister(watcher.fileno())
            with contextlib.suppress(ValueError, OSError):
                selector.register(watcher.fileno(), selectors.EVENT_WRITE, watcher)

    def _shut_down_late(self) -> None:
        now = time.monotonic()
        with self._changed:
            late = [watcher for watcher, deadline in self._leaving.items() if deadline < now]
            for watcher in late:
                del self._leaving[watcher]
        for watcher in late:
            watcher.shutdown()
