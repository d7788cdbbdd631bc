"""Downloading one flag: get_flag() asks the server once, download_one() turns that into a result.

An expected failure (404, HTTP and network errors, broken images, a full disk) is a value; anything
else is a bug and travels up.
"""

import errno
import os
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Self

from flagdl.events import DownloadStatus, FlagResult
from flagdl.images import ImageError, check_gif
from flagdl.servers import Server
from flagdl.storage import FlagStore
from flagdl.transport import Transport, TransportError
from flagdl.watchdog import Attempt, GivenUp, Watchdog

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

RETRY_STATUSES = frozenset({429, 500, 502, 503, 504})


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

    Owns the job's connections, as many as its concurrency, and a watchdog; use it as a context
    manager. `download_one()` is called by up to `max_workers` threads at once;
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
        self._transport = Transport(server.url("aa"), max_workers, (limits.connect, limits.read))
        self._watchdog = Watchdog(cancel, clock)
        self._attempts = attempts
        self._lane = threading.local()
        self._lanes = count()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._watchdog.close()
        self._transport.close()

    def download_one(self, cc: str) -> FlagResult:
        """Fetch, check and save the flag of `cc`, and say how that ended."""
        if self._cancel.is_set():
            return FlagResult(cc, DownloadStatus.CANCELLED, "cancelled")
        progress = _Progress(self._worker(), self._clock())
        self._on_start(cc, progress.worker)
        try:
            image = self._fetch(cc, progress)
            self._save(cc, image)
        except NotFound as exc:
            return self._result(cc, DownloadStatus.NOT_FOUND, str(exc), progress)
        except GivenUp as exc:
            return self._result(cc, exc.status, exc.reason, progress)
        except DownloadError as exc:
            return self._result(cc, DownloadStatus.ERROR, str(exc), progress)
        return self._result(cc, DownloadStatus.OK, "OK", progress, len(image))

    def get_flag(self, cc: str, attempt: Attempt, progress: _Progress) -> bytes:
        """Ask the server once; raises DownloadError, TransportError or GivenUp."""
        limits = self._limits
        url = self._server.url(cc)
        with self._transport.get(url) as response:
            attempt.check()
            progress.first_byte = self._clock()
            if response.status == 404:
                self._transport.drain(response, limits.bytes)
                raise NotFound("not found", retry=False)
            if response.status != 200:
                raise _refusal(response, limits)
            # One byte more than allowed tells a full answer from one that goes on.
            image = bytes(response.read(limits.bytes + 1, decode_content=False))
            attempt.check()
            if len(image) > limits.bytes:
                raise DownloadError("too large", retry=False)
            # urllib3 raises IncompleteRead only where one reads on after the end.
            if response.length_remaining:
                raise DownloadError("truncated")
            return image

    def _fetch(self, cc: str, progress: _Progress) -> bytes:
        """Ask until the flag has come, or until asking again can't help."""
        while True:
            try:
                return self._get_checked(cc, progress)
            except DownloadError as exc:
                pause = exc.retry_after + _backoff(progress.attempts)
                too_late = self._clock() + pause >= progress.started + self._limits.total
                if not exc.retry or progress.attempts == self._attempts or too_late:
                    raise
            # Cut short by a cancel, of which the next attempt hears.
            self._cancel.wait(pause)

    def _get_checked(self, cc: str, progress: _Progress) -> bytes:
        with self._watchdog.attempt(progress.started + self._limits.total) as attempt:
            progress.attempts += 1
            try:
                image = self.get_flag(cc, attempt, progress)
            except TransportError as exc:
                attempt.check()
                raise DownloadError(str(exc)) from exc
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


def _refusal(response: "BaseHTTPResponse", limits: Limits) -> DownloadError:
    status = response.status
    after = response.headers.get("Retry-After", "")
    # The server's own words: they must not reach a terminal as they are.
    reason = "".join(filter(str.isprintable, response.reason or ""))[:60]
    return DownloadError(
        f"HTTP {status} - {reason}",
        retry=status in RETRY_STATUSES,
        # Not int(), which refuses a number of 5,000 digits.
        retry_after=min(float(after), limits.retry_after) if after.isdecimal() else 0,
    )


def _backoff(attempts: int) -> float:
    """Return seconds to wait: random ones, or all that failed together would come back together."""
    return random.uniform(0, min(0.1 * 2 ** (attempts - 1), 2))


def _disk_cause(exc: OSError) -> str:
    match exc.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return "disk full"
        case errno.EROFS | errno.EACCES | errno.EPERM:
            return "downloads directory is read-only"
        case _:
            return f"can't save: {os.strerror(exc.errno) if exc.errno else exc}"
