"""Serving the dashboard: one thread waits for requests, others answer them.

A request is handed to a thread when all of it has come, so that a slow client occupies no thread.
"""

import contextlib
import errno
import selectors
import socket
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from flagdl.download.threadpool import WorkerThreads
from flagdl.web.server.connections import ClientGone, Connection
from flagdl.web.server.sending_limit import SendingLimit

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

# Each watcher occupies a thread of the server. These come on top, for pages and calls.
THREADS_FOR_PAGES = 50
REQUEST_WITHIN = 10.0  # seconds for a whole request, from its first byte or the connection
KEPT_FOR = 30.0  # seconds that a connection may wait for its next request
LINGER = 10.0  # seconds for a client to take its last answer and close
ANSWERED_WITHIN = 1.0  # seconds for the last answers when the server stops
MOST_WAITING = 1500  # connections without a whole request; one more, and the oldest is closed
MOST_SENDING = 40  # threads that wait for their clients to take an answer; the others are for pages
ACCEPTED_AT_ONCE = 64
TICK = 1.0  # seconds between looks at the deadlines
OUT_OF_DESCRIPTORS = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; raises OSError if the address can't be used."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=512)


def address(listener: socket.socket) -> str:
    """Return the URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Server:
    """Serves a WSGI app to at most `threads` clients at the same time.

    `clock` returns monotonic seconds.
    """

    def __init__(
        self,
        listener: socket.socket,
        threads: int,
        *,
        most_waiting: int = MOST_WAITING,
        most_sending: int = MOST_SENDING,
        request_within: float = REQUEST_WITHIN,
        tick: float = TICK,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._listener = listener
        self._most_waiting = most_waiting
        self._request_within = request_within
        self._tick = tick
        self._clock = clock
        self._looked_at = clock()
        self._threads = WorkerThreads(threads)
        # Start one thread now: if the system gives none later, the thread of serve() would answer.
        self._threads.submit(bool)
        self._sending_limit = SendingLimit(most_sending)
        self._waiting: dict[Connection, float] = {}  # with their deadlines; the oldest is first
        self._busy: set[Connection] = set()
        self._answered: SimpleQueue[tuple[Connection, bool]] = SimpleQueue()
        self._stopping = False
        self._selector = selectors.DefaultSelector()
        self._waker, self._woken = socket.socketpair()
        self._waker.setblocking(False)

    def serve(
        self, app: "WSGIApplication", on_few_threads: Callable[[int], object] = lambda _: None
    ) -> None:
        """Serve until `stop()`; some requests may still be in work then.

        `on_few_threads` is told how many threads there are when the system gives no more.
        """
        self._app, self._threads.on_refused = app, on_few_threads
        self._listener.setblocking(False)
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self._selector.register(self._woken, selectors.EVENT_READ, self._take_back)
        while not self._stopping:
            for key, _ in self._selector.select(self._tick):
                with contextlib.suppress(MemoryError):  # only this client gets no answer
                    key.data()
            self._close_late()

    def stop(self) -> None:
        """Have `serve()` return, now or when it begins (any thread, or a signal's handler)."""
        self._stopping = True
        self._wake()

    def close(self) -> None:
        """Give the last answers a second, and close all connections."""
        self._listener.close()
        for connection in [*self._waiting]:
            self._close(connection)
        self._close_answered(ANSWERED_WITHIN)
        for connection in self._busy:
            connection.shutdown()
        self._close_answered(ANSWERED_WITHIN)
        self._threads.shutdown(wait=False)
        self._selector.close()
        self._waker.close()
        self._woken.close()

    def _close_answered(self, within: float) -> None:
        deadline = self._clock() + within
        with contextlib.suppress(Empty):
            while self._busy:
                connection, _ = self._answered.get(timeout=max(0, deadline - self._clock()))
                self._busy.remove(connection)
                connection.sock.close()

    def _accept(self) -> None:
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                sock, client = self._listener.accept()
                connection = Connection(sock, client, self._sending_limit)
            except BlockingIOError:
                return
            except OSError as exc:
                if exc.errno in OUT_OF_DESCRIPTORS:
                    self._make_room()
                    return
                continue  # the client has gone already
            self._wait_for_request(connection, self._request_within)

    def _make_room(self) -> None:
        if self._waiting:
            self._close(next(iter(self._waiting)))
        else:
            time.sleep(0.05)  # a download will free a descriptor soon

    def _wait_for_request(self, connection: Connection, within: float) -> None:
        self._wait(connection, within, lambda: self._receive(connection))

    def _wait(self, connection: Connection, within: float, on_readable: Callable[[], None]) -> None:
        self._selector.register(connection.sock, selectors.EVENT_READ, on_readable)
        self._waiting[connection] = self._clock() + within
        if len(self._waiting) > self._most_waiting:
            self._close(next(iter(self._waiting)))

    def _receive(self, connection: Connection) -> None:
        if connection not in self._waiting:
            return  # closed since the selector saw it
        begins = connection.is_idle
        try:
            whole = connection.next_request(connection.receive())
        except ClientGone:
            self._close(connection)
            return
        if whole:
            self._forget(connection)
            self._hand_over(connection)
        elif begins:
            self._forget(connection)
            self._wait_for_request(connection, self._request_within)

    def _hand_over(self, connection: Connection) -> None:
        self._busy.add(connection)
        self._threads.submit(self._answer, connection)

    def _answer(self, connection: Connection) -> None:
        """Answer a request (a thread of the pool)."""
        stays = connection.answer(self._app, last=self._stopping)
        self._answered.put((connection, stays))
        self._wake()

    def _take_back(self) -> None:
        self._woken.recv(4096)
        with contextlib.suppress(Empty):
            while True:
                connection, stays = self._answered.get_nowait()
                self._busy.remove(connection)
                try:
                    self._go_on(connection, stays)
                except ClientGone:
                    connection.sock.close()

    def _go_on(self, connection: Connection, stays: bool) -> None:
        if not stays:
            self._linger(connection)
        elif connection.is_idle:
            self._wait_for_request(connection, KEPT_FOR)
        elif connection.next_request():
            self._hand_over(connection)
        else:
            self._wait_for_request(connection, self._request_within)

    def _linger(self, connection: Connection) -> None:
        """Let the client read the answer: a socket closed with unread data would cut it off."""
        try:
            connection.sock.setblocking(False)
            connection.sock.shutdown(socket.SHUT_WR)
        except OSError:
            connection.sock.close()
        else:
            self._wait(connection, LINGER, lambda: self._drop(connection))

    def _drop(self, connection: Connection) -> None:
        with contextlib.suppress(ClientGone):
            if connection in self._waiting:
                connection.receive()
            return
        self._close(connection)

    def _close_late(self) -> None:
        now = self._clock()
        late = now - self._looked_at - self._tick
        if late < 0:
            return
        self._looked_at = now
        if late > self._tick:
            # This process stood still, as after Ctrl-Z: clients get this time back.
            self._waiting = {each: deadline + late for each, deadline in self._waiting.items()}
        for connection in [each for each, deadline in self._waiting.items() if deadline < now]:
            self._close(connection)

    def _forget(self, connection: Connection) -> None:
        self._selector.unregister(connection.sock)
        del self._waiting[connection]

    def _close(self, connection: Connection) -> None:
        self._forget(connection)
        connection.sock.close()

    def _wake(self) -> None:
        # If the buffer is full, the thread will wake anyway; if it is closed, it has ended.
        with contextlib.suppress(OSError):
            self._waker.send(b"\0")
