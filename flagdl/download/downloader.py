"""Downloading one flag: download_one() asks, checks, saves, and says how that ended.

The steps are written once. A worker says how to wait: a thread blocks, a slot waits on an event
loop. An expected failure (404, HTTP and network errors, broken images, a full disk) is a value;
anything else is a bug and travels up.
"""

import errno
import os
import random
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import NamedTuple, Protocol, TypeVar

import requests
from requests import PreparedRequest, Response

from flagdl.download.images import ImageError, check_gif
from flagdl.download.servers import Server
from flagdl.download.transport import (
    HEADERS,
    CurlAdapter,
    Moments,
    TimedOut,
    Timeout,
    TooLarge,
    TransportError,
)
from flagdl.model.events import DownloadStatus, FlagResult

RETRY_STATUSES = frozenset({429, 500, 502, 503, 504})
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one download may take: seconds and bytes."""

    connect: float = 3
    read: float = 5
    total: float = 30
    bytes: int = 1 << 20
    retry_after: float = 10


class Spent(NamedTuple):
    """What a process that died has used up for a flag: attempts and seconds."""

    attempts: int = 0
    seconds: float = 0


NOTHING = Spent()


class Worker(ABC):
    """Downloads one flag at a time, over a connection of its own."""

    def __init__(self, number: int, adapter: CurlAdapter) -> None:
        self.number = number
        self.adapter = adapter

    @abstractmethod
    async def ask(self, request: PreparedRequest, within: Timeout) -> Response:
        """Return the whole answer; raises TransportError."""

    @abstractmethod
    async def pause(self, seconds: float) -> None:
        """Wait, at most until the job is cancelled."""

    @abstractmethod
    async def call(self, function: Callable[..., T], *args: object) -> T:
        """Call a slow function and return its result, without blocking an event loop."""


class Reporter(Protocol):
    """Gets the reports of downloads; safe from any thread."""

    def flag_started(self, cc: str, worker: int) -> float:
        """A worker takes a code; returns the time."""

    def flag_retried(self, cc: str) -> None:
        """An attempt has failed, and another one follows."""

    def flag_done(self, result: FlagResult) -> FlagResult:
        """The code has its result; returns the result with its time."""

    def fail(self, detail: str) -> None:
        """The job can't go on."""


class Store(Protocol):
    """Where flags are saved; safe from any thread."""

    def save(self, cc: str, image: bytes) -> None:
        """Write or replace a flag in one step; raises OSError."""


class DownloadError(Exception):
    """The flag could not be downloaded; the message says why, in words for a person."""

    status = DownloadStatus.ERROR

    def __init__(self, detail: str, *, retry: bool = True, retry_after: float = 0) -> None:
        super().__init__(detail)
        self.retry = retry
        self.retry_after = retry_after


class StoodStill(DownloadError):
    """This process stood still for too long: the attempt says nothing about the server."""


class NotFound(DownloadError):
    """The server has no such flag."""

    status = DownloadStatus.NOT_FOUND


class Cancelled(DownloadError):
    """The job was cancelled."""

    status = DownloadStatus.CANCELLED


@dataclass(slots=True)
class _Progress:
    """What is known of a flag while it is fetched; owned by its worker."""

    worker: Worker
    deadline: float
    request: PreparedRequest
    attempts: int = 0
    moments: Moments = field(default_factory=Moments)


class Downloader:
    """Downloads flags from one server into one store, for one job; safe from any thread.

    `clock` gives seconds since the job began. `stood_still_since(t)` tells whether this process has
    stood still since `t`.
    """

    def __init__(
        self,
        server: Server,
        store: Store,
        *,
        attempts: int,
        cancel: threading.Event,
        clock: Callable[[], float],
        reporter: Reporter,
        limits: Limits,
        stood_still_since: Callable[[float], bool] = lambda _: False,
    ) -> None:
        self._server = server
        self._store = store
        self._attempts = attempts
        self.cancel = cancel
        self._clock = clock
        self._reporter = reporter
        self._stood_still_since = stood_still_since
        self._limits = replace(limits, read=limits.read + server.slowest)
        # requests turns a name and a password in the address into a header.
        self._headers = requests.Request("GET", server.url("aa"), headers=HEADERS).prepare().headers

    async def download_one(self, cc: str, worker: Worker, spent: Spent = NOTHING) -> FlagResult:
        """Fetch, check and save the flag of `cc`, and say how that ended."""
        try:
            return self._reporter.flag_done(await self._result(cc, worker, spent))
        except Exception as bug:
            self._reporter.fail(repr(bug))
            raise

    async def _result(self, cc: str, worker: Worker, spent: Spent) -> FlagResult:
        if self.cancel.is_set():
            return FlagResult(cc, DownloadStatus.CANCELLED, "cancelled")
        started = self._reporter.flag_started(cc, worker.number)
        deadline = started + self._limits.total - spent.seconds
        progress = _Progress(worker, deadline, PreparedRequest(), spent.attempts)
        progress.request.headers = self._headers
        status, detail, size = DownloadStatus.OK, "OK", 0
        try:
            size = await self._fetch(cc, progress)
        except DownloadError as exc:
            status, detail = exc.status, str(exc)
        return FlagResult(
            cc,
            status,
            detail,
            bytes=size,
            attempts=progress.attempts,
            worker=worker.number,
            started=started,
            **progress.moments._asdict(),
        )

    async def _fetch(self, cc: str, progress: _Progress) -> int:
        """Try until the flag is saved or another attempt can't help; returns its size."""
        while True:
            progress.attempts += 1
            began = self._clock()
            try:
                image = await self.get_flag(cc, progress)
                await progress.worker.call(self._keep, cc, image)
            except StoodStill:
                progress.attempts -= 1
                pause = 0.0
            except DownloadError as exc:
                self._forgive_standstill(began, progress)
                pause = exc.retry_after + _backoff(progress.attempts)
                too_late = self._clock() + pause >= progress.deadline
                if not exc.retry or progress.attempts == self._attempts or too_late:
                    raise
            else:
                return len(image)
            self._reporter.flag_retried(cc)
            await progress.worker.pause(pause)
            self._stop_if_cancelled()
            self._forgive_standstill(began, progress)

    def _forgive_standstill(self, since: float, progress: _Progress) -> None:
        """Give a flag its whole time again if the process has stood still."""
        if self._stood_still_since(since):
            progress.deadline = self._clock() + self._limits.total

    async def get_flag(self, cc: str, progress: _Progress) -> bytes:
        """Ask the server once, and return the body; raises DownloadError."""
        limits, began = self._limits, self._clock()
        left = progress.deadline - began
        progress.request.url = self._server.url(cc, progress.attempts)
        try:
            response = await progress.worker.ask(
                progress.request, Timeout(limits.connect, limits.read, left)
            )
        except TransportError as exc:
            self._stop_if_cancelled()
            if isinstance(exc, TimedOut) and self._stood_still_since(began):
                raise StoodStill(str(exc)) from exc
            if isinstance(exc, TimedOut) and self._clock() - began >= left:
                raise DownloadError("deadline", retry=False) from exc
            raise DownloadError(str(exc), retry=not isinstance(exc, TooLarge)) from exc
        finally:
            progress.moments = progress.worker.adapter.moments.since(began)
        match response.status_code:
            case HTTPStatus.OK:
                return response.content
            case HTTPStatus.NOT_FOUND:
                raise NotFound("not found", retry=False)
        raise _refusal(response, limits)

    def _keep(self, cc: str, image: bytes) -> None:
        """Check and save an image, in the thread in which the worker calls this."""
        try:
            check_gif(image)
        except ImageError as exc:
            raise DownloadError(str(exc)) from exc
        self._stop_if_cancelled()
        save(self._store, cc, image)

    def _stop_if_cancelled(self) -> None:
        if self.cancel.is_set():
            raise Cancelled("cancelled", retry=False)


def save(store: Store, cc: str, image: bytes) -> None:
    """Save a flag that was checked; raises DownloadError."""
    try:
        store.save(cc, image)
    except OSError as exc:
        raise DownloadError(_disk_cause(exc), retry=False) from exc


def _refusal(response: Response, limits: Limits) -> DownloadError:
    status = response.status_code
    return DownloadError(
        f"HTTP {status} - {response.reason}",
        retry=status in RETRY_STATUSES,
        retry_after=min(float(response.headers.get("Retry-After", 0)), limits.retry_after),
    )


def _backoff(attempts: int) -> float:
    """Return random seconds to wait, so that failed downloads don't all try again at once."""
    return random.uniform(0, min(0.1 * 2 ** (attempts - 1), 2))


def _disk_cause(exc: OSError) -> str:
    match exc.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return "disk full"
        case errno.EROFS | errno.EACCES | errno.EPERM:
            return "downloads directory is read-only"
        case _:
            return f"can't save: {os.strerror(exc.errno) if exc.errno else exc}"
