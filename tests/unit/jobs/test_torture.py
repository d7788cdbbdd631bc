"""Each call of a small job that can fail is made to fail: in one run once, in another for good.

After each of these runs the invariants hold: the job has ended, each code is accounted for, each
flag that counts as saved is there, every file is whole, and the history opens and agrees.
"""

import errno
import io
import os
import sqlite3
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from flagdl.download.images import check_gif
from flagdl.download.servers import LAYOUT
from flagdl.download.transport import CurlAdapter, TransportError
from flagdl.history.writer import HistoryError
from flagdl.model.events import DownloadStatus, FlagDone
from flagdl.model.spec import parse_spec
from tests.support.here import LastingOrigin
from tests.support.running import wait_for
from tests.support.worlds import World

CODES = ["BR", "XX"]


class Saboteur:
    """Counts fallible calls in all threads; makes the nth fail, or the nth and all later ones."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls = 0
        self._failing = range(0)
        self.struck = False

    def arm(self, n: int, *, forever: bool) -> None:
        with self._lock:
            self._calls, self.struck = 0, False
            self._failing = range(n, sys.maxsize if forever else n + 1)

    def disarm(self) -> None:
        with self._lock:
            self._failing = range(0)

    def wrap(self, function: Callable[..., Any], error: BaseException) -> Callable[..., Any]:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            self.maybe_raise(error)
            return function(*args, **kwargs)

        return wrapped

    def maybe_raise(self, error: BaseException) -> None:
        with self._lock:
            self._calls += 1
            fails = self._calls in self._failing
            self.struck = self.struck or fails
        if fails:
            raise error


DISK_FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
RESET = TransportError("connection reset")
LOCKED = sqlite3.OperationalError("sabotaged")


@pytest.fixture
def saboteur(monkeypatch: pytest.MonkeyPatch) -> Saboteur:
    """Stand between flagdl and the calls that can fail."""
    saboteur = Saboteur()

    class File(io.FileIO):
        def write(self, data: Any) -> int:
            saboteur.maybe_raise(DISK_FULL)
            return super().write(data)

        def flush(self) -> None:
            saboteur.maybe_raise(DISK_FULL)
            super().flush()

    class Connection(sqlite3.Connection):
        def execute(self, *args: Any) -> sqlite3.Cursor:
            saboteur.maybe_raise(LOCKED)
            return super().execute(*args)

    def open_file(path: Path, mode: str) -> io.FileIO:
        saboteur.maybe_raise(DISK_FULL)
        return File(path, mode)

    def connect(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        saboteur.maybe_raise(LOCKED)
        return real_connect(*args, factory=Connection, **kwargs)

    real_connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", connect)
    monkeypatch.setattr(Path, "open", open_file)
    for module, names, error in (
        (os, ("fsync", "replace", "mkdir"), DISK_FULL),
        (CurlAdapter, ("send",), RESET),
    ):
        for name in names:
            monkeypatch.setattr(module, name, saboteur.wrap(getattr(module, name), error))
    return saboteur


@pytest.fixture(scope="module")
def site(origin: LastingOrigin) -> str:
    return origin.urls()["LOCAL"]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("forever", [False, True], ids=["once", "for good"])
def test_whatever_fails_the_invariants_hold(
    forever: bool, saboteur: Saboteur, site: str, tmp_path: Path
) -> None:
    before = set(threading.enumerate())
    struck = 0
    for n in range(1, 1000):
        directory = tmp_path / str(n)
        world = a_world(directory, site)
        saboteur.arm(n, forever=forever)
        job_id = run_job(world)
        if not saboteur.struck:
            world.close()
            break
        struck += 1
        saboteur.disarm()
        world.close()
        check_what_is_left(directory, site, job_id, caught_up=not forever)
    assert struck > 20, "there are more fallible calls than that in a job"
    wait_for(lambda: set(threading.enumerate()) <= before)


def a_world(directory: Path, site: str) -> World:
    limits = {"max_running": 1, "max_waiting": 1, "max_jobs": 10}
    return World(directory, {"MINE": site + LAYOUT}, retry_interval=0.01, **limits)


def run_job(world: World) -> str | None:
    """Run a job to its end, and return its id, or None if it could not be recorded."""
    spec = parse_spec(
        {"codes": CODES, "server": "MINE", "max_req": 1, "attempts": 1}, world.servers
    )
    try:
        job_id = str(world.registry.submit(spec)["id"])
    except HistoryError:
        return None
    wait_for(lambda: world.registry.newest_live() is None)
    with suppress(HistoryError):
        world.registry.get(job_id)
    return job_id


def check_what_is_left(directory: Path, site: str, job_id: str | None, *, caught_up: bool) -> None:
    """Check the invariants; after a single failure, the record must say that the job finished."""
    world = a_world(directory, site)
    try:
        world.registry.recover()
        world.store.sweep()
        jobs = world.registry.recent(10)
        assert job_id is None or [job["id"] for job in jobs] == [job_id]
        for job in jobs:
            assert job["state"] == "finished" or not caught_up
            assert job["state"] not in ("pending", "running")
            assert sum(job["counts"].values()) == job["total"] == len(CODES)
            check_saved_flags(world, job["id"])
        assert not list(world.store.directory.glob(".*"))
    finally:
        world.close()


def check_saved_flags(world: World, job_id: str) -> None:
    events = world.registry.events(job_id) or []
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    for result in (event.result for event in events if isinstance(event, FlagDone)):
        image = world.store.read(result.cc)
        if image is not None:
            check_gif(image)
        if result.status is DownloadStatus.OK:
            assert image is not None
