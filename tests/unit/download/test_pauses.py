"""How long a worker is told to wait: for an answer, and before it asks again."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from requests import PreparedRequest, Response

from flagdl.download.downloader import Downloader, Limits, Worker
from flagdl.download.servers import Server
from flagdl.download.store import FlagStore
from flagdl.download.transport import CurlAdapter, Timeout
from flagdl.model.events import DownloadStatus, FlagResult
from tests.support.hostile import PATIENT, HostileServer, answer, in_turn

T = TypeVar("T")
SLOWEST_BACKOFF = 0.1  # seconds, after the first attempt


class Impatient(Worker):
    """A worker that never waits, and keeps how long it was told to wait."""

    def __init__(self) -> None:
        super().__init__(0, CurlAdapter(1 << 20))
        self.pauses: list[float] = []
        self.within: list[Timeout] = []

    async def ask(self, request: PreparedRequest, within: Timeout) -> Response:
        self.within.append(within)
        return self.adapter.send(request, timeout=within)

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    async def call(self, function: Callable[..., T], *args: object) -> T:
        return function(*args)


class Silent:
    """A reporter that reports nothing."""

    def flag_started(self, cc: str, worker: int) -> float:
        return 0.0

    def flag_retried(self, cc: str) -> None:
        pass

    def flag_done(self, result: FlagResult) -> FlagResult:
        return result

    def fail(self, detail: str) -> None:
        raise AssertionError(detail)


class Sleepy(Impatient):
    """A worker whose process stands still in each pause."""

    now = 0.0

    async def pause(self, seconds: float) -> None:
        self.now += 1000


def test_a_standstill_in_a_pause_costs_no_attempt(tmp_path: Path) -> None:
    worker = Sleepy()
    with HostileServer(in_turn(answer(b"", "503 Busy"), answer(b"", "503 Busy"), answer())) as busy:
        downloader = Downloader(
            Server(busy.server.template, 0),
            FlagStore(tmp_path),
            attempts=3,
            cancel=threading.Event(),
            clock=lambda: worker.now,
            reporter=Silent(),
            limits=replace(PATIENT, total=100),
            stood_still_since=lambda moment: moment < worker.now,
        )
        result = asyncio.run(downloader.download_one("BR", worker))
        worker.adapter.close()
    assert (result.status, result.attempts) == (DownloadStatus.OK, 3)


def pauses(directory: Path, attempts: int, limits: Limits, *answers: bytes) -> list[float]:
    """Download a flag that comes after some answers, and return the pauses before it."""
    return asked(directory, attempts, limits, *answers).pauses


def asked(
    directory: Path, attempts: int, limits: Limits, *answers: bytes, slowest: float = 0
) -> Impatient:
    """Download a flag that comes after some answers, and return the worker that did it."""
    worker = Impatient()
    with HostileServer(in_turn(*answers, answer())) as hostile:
        downloader = Downloader(
            Server(hostile.server.template, slowest),
            FlagStore(directory),
            attempts=attempts,
            cancel=threading.Event(),
            clock=lambda: 0.0,
            reporter=Silent(),
            limits=limits,
        )
        result = asyncio.run(downloader.download_one("BR", worker))
        worker.adapter.close()
    assert (result.status, result.attempts) == (DownloadStatus.OK, len(answers) + 1)
    return worker


def busy(after: str) -> bytes:
    return answer(b"", "503 Busy", f"Retry-After: {after}")


@pytest.mark.parametrize(("after", "seconds"), [("7", 7), ("1.5", 1), ("3600", 10)])
def test_retry_after_is_honoured_up_to_a_limit(after: str, seconds: float, tmp_path: Path) -> None:
    (pause,) = pauses(tmp_path, 2, Limits(total=3600, retry_after=10), busy(after))
    assert seconds <= pause <= seconds + SLOWEST_BACKOFF


@pytest.mark.parametrize("after", ["-1", "soon", "9" * 5000, "", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_a_senseless_retry_after_does_no_harm(after: str, tmp_path: Path) -> None:
    (pause,) = pauses(tmp_path, 2, PATIENT, busy(after))
    assert 0 <= pause <= SLOWEST_BACKOFF


def test_a_date_may_say_when_to_try_again(tmp_path: Path) -> None:
    (pause,) = pauses(tmp_path, 2, Limits(retry_after=5), busy("Wed, 21 Oct 2099 07:28:00 GMT"))
    assert 5 <= pause <= 5 + SLOWEST_BACKOFF


def test_each_pause_may_be_twice_as_long_up_to_two_seconds(tmp_path: Path) -> None:
    failures = [answer(b"", "503 Busy")] * 9
    longest = [0.1, 0.2, 0.4, 0.8, 1.6, 2, 2, 2, 2]
    drawn = pauses(tmp_path, 10, PATIENT, *failures)
    assert all(0 <= pause <= most for pause, most in zip(drawn, longest, strict=True))
    assert len(set(drawn)) == len(drawn), "all that fail together would come back together"


def test_a_server_has_the_time_that_it_takes_on_purpose(tmp_path: Path) -> None:
    worker = asked(tmp_path, 1, Limits(connect=30, read=50, total=90), slowest=3)
    assert worker.within == [Timeout(30, 53, 90)]
