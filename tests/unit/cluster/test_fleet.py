"""The fleet alone, with a cluster that does what the test says."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from distributed.scheduler import KilledWorker

from flagdl.cluster.connection import LOST, Connection
from flagdl.cluster.fleet import SLACK, UNMANNED, Fleet
from flagdl.cluster.worker import Parcel, Place
from flagdl.download.downloader import Limits, Spent
from flagdl.download.servers import Server
from flagdl.download.store import FlagStore
from flagdl.model.events import DownloadStatus, FlagResult
from flagdl.model.spec import parse_spec
from tests.support.hostile import GIF
from tests.support.running import WITHIN

HERE = Place("tcp://there:1", "0@there")


class Remote(Executor):
    """Keeps what was submitted, by code."""

    def __init__(self) -> None:
        self.calls: dict[str, tuple[Spent, Future[Parcel]]] = {}

    def submit(self, _: Callable[..., Any], /, *args: Any, **__: Any) -> "Future[Any]":
        _order, cc, spent = args
        future: Future[Parcel] = Future()
        self.calls[cc] = (spent, future)
        return future


class Told:
    """A reporter that keeps what it is told."""

    def __init__(self) -> None:
        self.started: list[tuple[str, int, float, str]] = []
        self.failure = ""
        self.is_over = threading.Event()

    def flag_started(self, cc: str, worker: int, at: float = 0, place: str = "") -> float:
        self.started.append((cc, worker, at, place))
        return at

    def flag_retried(self, cc: str) -> None:
        pass

    def flag_done(self, result: FlagResult) -> FlagResult:
        return result

    def fail(self, detail: str) -> None:
        self.failure = detail
        self.is_over.set()


class World:
    """A fleet of two workers; the job's clock says 10 when its worker's clock says 110."""

    def __init__(self, directory: Path) -> None:
        self.remote, self.told, self.now, self.has_workers = Remote(), Told(), 10.0, True
        connection: Any = Connection.__new__(Connection)
        connection.__dict__.update(
            topic="topic",
            executor=lambda: self.remote,
            run=lambda *_, workers=None: {HERE.address: 110.0},
            has_workers=lambda: self.has_workers,
            listen=lambda *_: None,
            forget=lambda _: None,
        )
        spec = parse_spec({"executor": "cluster", "max_req": 2, "attempts": 1}, ["LOCAL"])
        server, store, cancel = Server("http://x/{cc}"), FlagStore(directory), threading.Event()
        self.fleet = Fleet(
            connection, spec, server, Limits(), store, self.told, cancel, lambda: self.now
        )

    def submit(self, cc: str) -> "Future[FlagResult]":
        return self.fleet.submit(self.fleet.download_one, cc)

    def begin(self, cc: str, at: float) -> None:
        """Report that a worker has begun a flag, by the worker's clock."""
        self.fleet._post(self.fleet._hear, "started", cc, (0, at), HERE)

    def patrol(self) -> None:
        self.fleet._post(self.fleet._patrol)
        self.sent()

    def stand_still(self, seconds: float) -> None:
        self.fleet._standstill.look()
        self.now += seconds

    def sent(self) -> list[str]:
        """Wait until the fleet has done its earlier work, and return the codes that were sent."""
        done = threading.Event()
        self.fleet._post(done.set)
        assert done.wait(WITHIN)
        return list(self.remote.calls)

    def answer(self, cc: str, **result: Any) -> None:
        parcel = Parcel(FlagResult(cc, DownloadStatus.OK, "OK", attempts=1, **result), GIF, HERE)
        self.remote.calls[cc][1].set_result(parcel)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    with closing(world.fleet):
        yield world


def test_no_more_flags_are_sent_than_may_run(world: World) -> None:
    flags = [world.submit(cc) for cc in ("AA", "BB", "CC", "DD")]
    assert world.sent() == ["AA", "BB"]
    world.answer("BB", worker=0, started=105.0)
    assert flags[1].result(WITHIN).status is DownloadStatus.OK
    assert world.sent() == ["AA", "BB", "CC"]


def test_times_are_those_of_the_jobs_clock_also_where_the_start_was_not_told(world: World) -> None:
    flag = world.submit("AA")
    world.sent()
    # By these clocks, the last byte would come later than now.
    world.answer("AA", worker=7, started=105.0, sent=104.9, first_byte=106.5, received=110.2)
    result = flag.result(WITHIN)
    assert world.told.started == [("AA", 0, 5.0, "0@there")]
    assert (result.worker, result.started, result.sent) == (0, 5.0, 5.0)
    assert (result.first_byte, result.received) == (6.5, 10.0)


def test_a_flag_that_no_worker_has_begun_is_sent_again_as_new(world: World) -> None:
    flag = world.submit("AA")
    world.sent()
    first: Any = world.remote.calls.pop("AA")
    first[1].set_exception(KilledWorker("AA", None, 0))
    assert world.sent() == ["AA"]
    assert world.remote.calls["AA"][0] == Spent()
    world.answer("AA", worker=0, started=105.0)
    assert flag.result(WITHIN).attempts == 1


def test_a_lost_scheduler_ends_the_job(world: World) -> None:
    world.submit("AA")
    world.sent()
    world.remote.calls["AA"][1].cancel()
    assert world.told.is_over.wait(WITHIN)
    assert world.told.failure == LOST


def test_a_flag_that_no_worker_brings_is_given_up_in_the_end(world: World) -> None:
    world.fleet._order = replace(world.fleet._order, limits=Limits(total=world.now - SLACK - 1))
    flag = world.submit("AA")
    world.begin("AA", at=100.0)
    world.patrol()
    result = flag.result(WITHIN)
    assert (result.status, result.detail) == (DownloadStatus.ERROR, "deadline")


@pytest.mark.parametrize("begun_after", [0.0, 500.0])
def test_time_in_which_this_process_stood_still_counts_against_no_flag(
    world: World, begun_after: float
) -> None:
    """A flag that had begun, and one that a worker began meanwhile."""
    flag = world.submit("AA")
    if not begun_after:
        world.begin("AA", at=110.0)
    world.sent()
    world.stand_still(1000.0)
    if begun_after:
        world.begin("AA", at=110.0 + begun_after)
    world.patrol()
    assert not flag.done()
    world.answer("AA", worker=0, started=110.0 + begun_after)
    assert flag.result(WITHIN).status is DownloadStatus.OK


def test_a_flag_lost_after_a_standstill_has_all_its_time(world: World) -> None:
    world.fleet._order = replace(world.fleet._order, attempts=2)
    flag = world.submit("AA")
    world.begin("AA", at=110.0)
    world.sent()
    world.stand_still(1000.0)
    first: Any = world.remote.calls.pop("AA")
    first[1].set_exception(KilledWorker("AA", None, 0))
    assert world.sent() == ["AA"]
    assert world.remote.calls["AA"][0] == Spent(attempts=1)
    assert not flag.done()


def test_a_cluster_without_workers_ends_the_job(world: World) -> None:
    world.has_workers = False
    world.fleet._manned = world.now - UNMANNED - 1
    world.patrol()
    assert world.told.failure == "The cluster has no workers any more."


def test_workers_that_left_in_a_standstill_may_come_again(world: World) -> None:
    world.has_workers = False
    world.stand_still(1000.0)
    world.patrol()
    assert not world.told.failure
