"""gunicorn with one process and many threads; not imported on Windows, where it doesn't run."""

import contextlib
import errno
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from types import FrameType
from typing import Any

from flask import Flask, Response
from gunicorn.app.base import BaseApplication
from gunicorn.http.errors import ParseException
from gunicorn.workers.gthread import ThreadWorker

from flagdl.download.threadpool import WorkerThreads
from flagdl.model.embedded import N_
from flagdl.web.problems import Problem, respond

SOCKET_TIMEOUT = 10.0  # seconds that one read or write of a client may take
LINGER_TIMEOUT = 2.0  # seconds for a client to close after its last answer


class _Socket(socket.socket):
    """A connection whose blocking calls have a timeout, which gunicorn doesn't set."""

    def setblocking(self, flag: bool) -> None:
        self.settimeout(SOCKET_TIMEOUT if flag else 0)

    def recv(self, size: int, flags: int = 0) -> bytes:
        try:
            return super().recv(size, flags)
        except TimeoutError:  # gunicorn would log it as an error of the app
            raise ConnectionResetError(errno.ECONNRESET, "the client sent nothing") from None

    def finish(self) -> None:
        """Give the client time to read the answer and close; reset the connection after that."""
        deadline = time.monotonic() + LINGER_TIMEOUT
        with contextlib.suppress(OSError):
            self.shutdown(socket.SHUT_WR)
            for _ in range(16):  # the amount that gunicorn would read and drop
                self.settimeout(max(0.001, deadline - time.monotonic()))
                if not self.recv(4096):
                    return
        with contextlib.suppress(OSError):
            self.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.shutdown(socket.SHUT_RDWR)


class Worker(ThreadWorker):
    """gunicorn's threaded worker, safe from slow clients and from a lack of descriptors."""

    def get_thread_pool(self) -> Any:
        """Return the pool that answers requests and holds websockets."""
        return WorkerThreads(self.cfg.threads)

    def enqueue_req(self, conn: Any) -> None:
        """Give a request to the pool (the worker's main thread)."""
        if not isinstance(conn.sock, _Socket):
            conn.sock = _Socket(fileno=conn.sock.detach())
        super().enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        """Answer a request (a thread of the pool); returns False if the connection is to close."""
        result = super().handle(conn)
        if result is False:
            # gunicorn would do this in its main thread: one slow client would stop all others.
            conn.sock.finish()
        return result

    def accept(self, listener: Any) -> None:
        """Accept a connection (the worker's main thread)."""
        try:
            super().accept(listener)
        except OSError as exc:
            if exc.errno not in (errno.EMFILE, errno.ENFILE):
                raise
            # gunicorn would stop here, with all jobs. A download will free a descriptor soon.
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
        # gunicorn makes its own socket from the descriptor.
        self._descriptor = listener.detach()
        self._threads = threads
        super().__init__()

    def load_config(self) -> None:
        """Set gunicorn's options."""
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
            "when_ready": _keep_one_worker,
            "post_worker_init": self._begin,
            "worker_exit": self._end,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Create the app (in the worker's process)."""
        app = self._create_app()
        app.register_error_handler(ParseException, _respond_to_bad_http)
        return app

    def _begin(self, worker: Any) -> None:
        app: Flask = worker.wsgi

        def stop(number: int, frame: FrameType | None) -> None:
            # gunicorn waits for open sockets, so close them at the same time and not afterwards.
            threading.Thread(target=self._close_app, args=[app], name="flagdl-close").start()
            worker.handle_exit(number, frame)

        for number in (signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP):
            signal.signal(number, stop)
        # Ctrl-C reaches both processes. The master then sends SIGQUIT to this one.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._on_ready()

    def _end(self, _arbiter: Any, worker: Any) -> None:
        # There is no app if it could not be created.
        if app := getattr(worker, "wsgi", None):
            self._close_app(app)


def _respond_to_bad_http(error: Exception) -> Response:
    detail = N_("The request is not valid HTTP: %(reason)s.")
    return respond(Problem(HTTPStatus.BAD_REQUEST, detail, reason=str(error)))


def _keep_one_worker(arbiter: Any) -> None:
    """Let no signal start a second worker, which could not open the history."""
    # Closing a terminal sends SIGHUP: stop then, and don't reload.
    arbiter.handle_hup = arbiter.handle_term
    arbiter.handle_ttin = arbiter.handle_ttou = lambda: None
