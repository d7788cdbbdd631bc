"""Downloading one flag: get_flag() asks the server once, download_one() turns that into a result.

The only module that imports requests. An expected failure (404, HTTP and network errors, broken
images, a full disk) is a value; anything else is a bug and travels up.
"""

import contextlib
import errno
import logging
import os
import socket
import ssl
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException, IncompleteRead
from itertools import count
from typing import Any, Self

import requests
from requests.adapters import HTTPAdapter
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    sleep_using_event,
    stop_after_attempt,
    stop_before_delay,
    stop_when_event_set,
    wait_random_exponential,
)
from urllib3 import connectionpool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    ReadTimeoutError,
)

from flagdl.events import DownloadStatus, FlagResult
from flagdl.images import ImageError, check_gif
from flagdl.servers import Server
from flagdl.storage import FlagStore
from flagdl.watchdog import Attempt, GivenUp, Watchdog, hold

# What servers send is not for the log: urllib3 would put whole broken answers there.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)

RETRY_STATUSES = frozenset({429, 500, 502, 503, 504})
HEADERS = {"User-Agent": "flagdl", "Accept": "image/gif", "Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one download may take: seconds and bytes."""

    connect: float = 3
    read: float = 5
    total: float = 30
    bytes: int = 1 << 20
    retry_after: float = 10


class DownloadError(Exception):
    """A flag that didn't come, and why, in words for a person."""

    def __init__(self, detail: str, *, retry: bool = True, retry_after: float = 0) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry = retry
        self.retry_after = retry_after


class NotFound(DownloadError):
    """The server knows no such flag."""


@dataclass(slots=True)
class _Progress:
    """What is known of a flag while it is fetched; owned by the worker that fetches it."""

    worker: int
    started: float
    attempts: int = 0
    first_byte: float | None = None


class Downloader:
    """Downloads flags from one server into one store, for one job.

    Owns the job's session, whose pool is as large as its concurrency, and a watchdog; use it as
    a context manager. `download_one()` is called by up to `max_workers` threads at once;
    `on_start(cc, worker)` is called by them too. `clock` gives seconds since the job began.
    """

    def __init__(
        self,
        server: Server,
        store: FlagStore,
        *,
        max_workers: int,
        attempts: int,
        cancel: threading.Event,
        clock: Callable[[], float],
        on_start: Callable[[str, int], None],
        limits: Limits,
    ) -> None:
        self._server = server
        self._store = store
        self._cancel = cancel
        self._clock = clock
        self._on_start = on_start
        self._limits = limits
        self._watchdog = Watchdog(cancel, clock)
        self._session = _session(max_workers)
        self._adapter = self._session.get_adapter(server.template)
        self._request = self._session.prepare_request(requests.Request("GET", server.url("aa")))
        self._retrying = Retrying(
            sleep=sleep_using_event(cancel),
            stop=stop_after_attempt(attempts)
            | stop_before_delay(limits.total)
            | stop_when_event_set(cancel),
            wait=_wait,
            retry=retry_if_exception(lambda exc: isinstance(exc, DownloadError) and exc.retry),
            reraise=True,
        )
        self._lane = threading.local()
        self._lanes = count()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._watchdog.close()
        self._session.close()

    def download_one(self, cc: str) -> FlagResult:
        """Fetch, check and save the flag of `cc`, and say how that ended."""
        if self._cancel.is_set():
            return FlagResult(cc, DownloadStatus.CANCELLED, "cancelled")
        progress = _Progress(self._worker(), self._clock())
        self._on_start(cc, progress.worker)
        try:
            image = self._retrying(self._get_checked, cc, progress)
            self._save(cc, image)
        except NotFound as exc:
            return self._result(cc, DownloadStatus.NOT_FOUND, exc.detail, progress)
        except GivenUp as exc:
            return self._result(cc, exc.status, exc.reason, progress)
        except DownloadError as exc:
            return self._result(cc, DownloadStatus.ERROR, exc.detail, progress)
        return self._result(cc, DownloadStatus.OK, "OK", progress, len(image))

    def get_flag(self, cc: str, attempt: Attempt, progress: _Progress) -> bytes:
        """Ask the server once; raises DownloadError, GivenUp, or what requests raises."""
        request = self._request.copy()
        request.url = self._server.url(cc)
        limits = self._limits
        # The adapter and not the session: a session merges settings, looks for cookies and
        # redirects with every request, which doubles its cost and is all unwanted here.
        response = self._adapter.send(
            request, stream=True, timeout=(limits.connect, limits.read), proxies={}
        )
        try:
            attempt.check()
            progress.first_byte = self._clock()
            if response.status_code == 404:
                # Read, because only then the connection can be used again.
                with contextlib.suppress(HTTPError):
                    response.raw.read(limits.bytes, decode_content=False)
                raise NotFound("not found", retry=False)
            if response.status_code != 200:
                raise _refusal(response, limits)
            # One byte more than allowed tells a full answer from one that goes on.
            image = bytes(response.raw.read(limits.bytes + 1, decode_content=False))
            attempt.check()
            if len(image) > limits.bytes:
                raise DownloadError("too large", retry=False)
            # urllib3 raises IncompleteRead only where one reads on after the end.
            if response.raw.length_remaining:
                raise DownloadError("truncated")
            return image
        finally:
            response.close()

    def _get_checked(self, cc: str, progress: _Progress) -> bytes:
        with self._watchdog.attempt(progress.started + self._limits.total) as attempt:
            progress.attempts += 1
            try:
                image = self.get_flag(cc, attempt, progress)
            except (requests.RequestException, HTTPError, OSError) as exc:
                attempt.check()
                raise DownloadError(_cause(exc)) from exc
        try:
            check_gif(image)
        except ImageError as exc:
            raise DownloadError(str(exc)) from exc
        return image

    def _save(self, cc: str, image: bytes) -> None:
        if self._cancel.is_set():
            raise GivenUp(DownloadStatus.CANCELLED, "cancelled")
        try:
            self._store.save(cc, image)
        except OSError as exc:
            raise DownloadError(_disk_cause(exc)) from exc

    def _worker(self) -> int:
        """Return this thread's number in the job, given out as threads first appear."""
        if not hasattr(self._lane, "number"):
            self._lane.number = next(self._lanes)
        return int(self._lane.number)

    def _result(
        self,
        cc: str,
        status: DownloadStatus,
        detail: str,
        progress: _Progress,
        size: int = 0,
    ) -> FlagResult:
        return FlagResult(
            cc,
            status,
            detail,
            bytes=size,
            attempts=progress.attempts,
            worker=progress.worker,
            started=progress.started,
            first_byte=progress.first_byte,
            finished=self._clock(),
        )


def _refusal(response: requests.Response, limits: Limits) -> DownloadError:
    status = response.status_code
    after = response.headers.get("Retry-After", "")
    # The server's own words: they must not reach a terminal as they are.
    reason = "".join(filter(str.isprintable, response.reason or ""))[:60]
    return DownloadError(
        f"HTTP {status} - {reason}",
        retry=status in RETRY_STATUSES,
        # Not int(), which refuses a number of 5,000 digits.
        retry_after=min(float(after), limits.retry_after) if after.isdecimal() else 0,
    )


_backoff = wait_random_exponential(multiplier=0.1, max=2)


def _wait(state: RetryCallState) -> float:
    """Wait as long as the server asks for, and a random moment that grows with each attempt."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, DownloadError) else 0
    return asked + _backoff(state)


# Some of these are kinds of others: the first that fits names the cause.
_CAUSES: tuple[tuple[str, tuple[type[BaseException], ...]], ...] = (
    ("unknown host", (NameResolutionError, socket.gaierror)),
    ("refused", (ConnectionRefusedError,)),
    ("connect timeout", (ConnectTimeoutError,)),
    ("read timeout", (ReadTimeoutError, TimeoutError)),
    ("truncated", (IncompleteRead,)),
    ("connection reset", (ConnectionResetError, BrokenPipeError)),
    ("TLS error", (ssl.SSLError,)),
    ("not HTTP", (HTTPException,)),
)


def _cause(exc: BaseException) -> str:
    """Name what went wrong on the network, however deep the libraries have wrapped it.

    The exception is done with then: what it held is let go.
    """
    layers = _layers(exc)
    for layer in layers:
        # Its frames hold the answer, and so the socket, until the garbage collector comes by.
        traceback.clear_frames(layer.__traceback__)
    if any(isinstance(e, OSError) and e.errno in (errno.EMFILE, errno.ENFILE) for e in layers):
        return "too many open files"
    for name, kinds in _CAUSES:
        if any(isinstance(layer, kinds) for layer in layers):
            return name
    return "connection error"


def _layers(exc: BaseException) -> list[BaseException]:
    """Return an exception and all that it was raised from."""
    layers: list[BaseException] = []
    queue: list[Any] = [exc]
    while queue:
        layer = queue.pop()
        if isinstance(layer, BaseException) and layer not in layers:
            layers.append(layer)
            queue += [layer.__cause__, layer.__context__, *layer.args]
            queue.append(getattr(layer, "reason", None))
    return layers


def _disk_cause(exc: OSError) -> str:
    match exc.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return "disk full"
        case errno.EROFS | errno.EACCES | errno.EPERM:
            return "downloads directory is read-only"
        case _:
            return f"can't save: {os.strerror(exc.errno) if exc.errno else exc}"


class _HTTPConnection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        hold(self.sock)

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:
            hold(self.sock)
        super().request(*args, **kwargs)


class _HTTPSConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        hold(self.sock)

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:
            hold(self.sock)
        super().request(*args, **kwargs)


class _HTTPPool(connectionpool.HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(connectionpool.HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


class _WatchedAdapter(HTTPAdapter):
    """An adapter whose connections tell the watchdog which socket they wait for."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}

    def close(self) -> None:
        # urllib3 leaves that to the garbage collector, which an exception with a reference to the
        # pool keeps waiting, with all of the job's sockets.
        for key in self.poolmanager.pools.keys():  # noqa: SIM118 - it can't be iterated
            self.poolmanager.pools[key].close()
        super().close()


def _session(pool_size: int) -> requests.Session:
    """Return a session for one server that neither reads the environment nor keeps cookies."""
    session = requests.Session()
    session.trust_env = False
    session.headers.clear()
    session.headers.update(HEADERS)
    adapter = _WatchedAdapter(pool_connections=1, pool_maxsize=pool_size)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session
