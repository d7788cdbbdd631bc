"""gunicorn, set up for one process with many threads: imported only where gunicorn runs."""

import contextlib
import errno
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.http.errors import ParseException
from gunicorn.workers.gthread import ThreadWorker

from flagdl.download.executor import WorkerThreads
from flagdl.web.problems import answer_unreadable

PATIENCE = 10.0  # seconds for the next bytes of a request, and to take some of an answer
LINGER = 2.0  # seconds for a client to go after its last answer


class _Socket(socket.socket):
    """A connection that gunicorn waits for no longer than it should, whatever it does with it."""

    def setblocking(self, flag: bool) -> None:
        self.settimeout(PATIENCE if flag else 0)

    def recv(self, size: int, flags: int = 0) -> bytes:
        try:
            return super().recv(size, flags)
        except TimeoutError:  # which gunicorn would log as an error of ours
            raise ConnectionResetError(errno.ECONNRESET, "the client says nothing") from None

    def finish(self) -> None:
        """Let the client have all of the answer and a moment to go, or else be reset."""
        over_at = time.monotonic() + LINGER
        with contextlib.suppress(OSError):
            self.shutdown(socket.SHUT_WR)
            for _ in range(16):  # as much as gunicorn would read of what nobody wants
                self.settimeout(max(0.001, over_at - time.monotonic()))
                if not self.recv(4096):
                    return
        with contextlib.suppress(OSError):
            self.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.shutdown(socket.SHUT_RDWR)


class Worker(ThreadWorker):
    """gunicorn's threaded worker, which no client holds up, nor a lack of descriptors."""

    def get_thread_pool(self) -> Any:
        """Return the pool that answers requests and holds websockets."""
        return WorkerThreads(self.cfg.threads)

    def enqueue_req(self, conn: Any) -> None:
        """Have a request answered by the pool (the worker's main thread)."""
        if not isinstance(conn.sock, _Socket):
            conn.sock = _Socket(fileno=conn.sock.detach())
        super().enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        """Answer a request (a thread of the pool); returns False where no other is to follow."""
        result = super().handle(conn)
        if result is False:
            # gunicorn's main thread would wait for the client to go, and everybody else with it.
            conn.sock.finish()
        return result

    def accept(self, listener: Any) -> None:
        """Take a connection in (the worker's main thread)."""
        try:
            super().accept(listener)
        except OSError as exc:
            if exc.errno not in (errno.EMFILE, errno.ENFILE):
                raise
            # gunicorn's own would end here, and all jobs with it. Some download will end.
            time.sleep(0.05)


class GunicornServer(BaseApplication):
    """One worker process, which creates the app and closes it."""

    def __init__(
        self,
        create_app: Callable[[], Flask],
        close_app: Callable[[Flask], None],
        on_ready: Callable[[], None],
        listener: socket.socket,
        threads: int,
    ) -> None:
        self._create_app = create_app
        self._close_app = close_app
        self._on_ready = on_ready
        # gunicorn makes a socket of its own from the number.
        self._descriptor = listener.detach()
        self._threads = threads
        super().__init__()

    def load_config(self) -> None:
        """Give gunicorn its settings."""
        options = {
            "bind": f"fd://{self._descriptor}",
            "worker_class": Worker,
            "workers": 1,
            "threads": self._threads,
            "worker_connections": 2 * self._threads + 1000,
            "graceful_timeout": 5,
            "timeout": 120,
            "keepalive": 30,
            "loglevel": "warning",
            "control_socket_disable": True,
            "forwarded_allow_ips": "",
            "proc_name": "flagdl",
            "when_ready": _have_one_worker,
            "post_worker_init": self._begin,
            "worker_exit": self._end,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Create the app (in the worker's process)."""
        app = self._create_app()
        app.register_error_handler(ParseException, answer_unreadable)
        return app

    def _begin(self, worker: Any) -> None:
        app: Flask = worker.wsgi

        def stop(number: int, frame: FrameType | None) -> None:
            # The server waits for open sockets: close them beside it, not after it.
            threading.Thread(target=self._close_app, args=[app], name="flagdl-close").start()
            worker.handle_exit(number, frame)

        for number in (signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP):
            signal.signal(number, stop)
        # Ctrl-C reaches both processes; the master answers it with SIGQUIT to this one.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._on_ready()

    def _end(self, _arbiter: Any, worker: Any) -> None:
        # There is none where it couldn't be created.
        if app := getattr(worker, "wsgi", None):
            self._close_app(app)


def _have_one_worker(arbiter: Any) -> None:
    """Let no signal start another, which could not have the history."""
    # A terminal that is closed says SIGHUP: who sees no dashboard any more expects none.
    arbiter.handle_hup = arbiter.handle_term
    arbiter.handle_ttin = arbiter.handle_ttou = lambda: None
