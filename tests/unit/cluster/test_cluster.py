"""Jobs on a cluster: their events, their ends, and dead workers."""

import os
import signal
import threading
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from flagdl import engine
from flagdl.cluster import readiness
from flagdl.cluster.connection import Cluster, ClusterError
from flagdl.download.downloader import Limits
from flagdl.download.servers import LAYOUT, Server
from flagdl.download.store import FlagStore
from flagdl.model.events import (
    DownloadStatus,
    Event,
    FlagDone,
    FlagResult,
    FlagReturned,
    FlagStarted,
    JobFinished,
    JobState,
)
from flagdl.model.lab import Lab
from flagdl.model.spec import JobSpec, parse_spec
from flagdl.strategies import THREADED
from tests.support.clusters import cluster_here
from tests.support.here import LastingOrigin
from tests.support.hostile import FOREVER, PATIENT, Connection, HostileServer, answer, code_of
from tests.support.running import WITHIN, wait_for

OK, NOT_FOUND, ERROR, CANCELLED = DownloadStatus


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with cluster_here() as address, closing(Cluster(address)) as cluster:
        yield cluster


@pytest.fixture
def store(tmp_path: Path) -> FlagStore:
    return FlagStore(tmp_path / "downloads")


def a_spec(**options: object) -> JobSpec:
    return parse_spec({"executor": "cluster", **options}, ["LOCAL", "LAB"])


def begin(
    cluster: Cluster,
    spec: JobSpec,
    server: Server,
    store: FlagStore,
    cancel: threading.Event | None = None,
    limits: Limits = PATIENT,
) -> Generator[Event, None, None]:
    cancel = cancel or threading.Event()
    return engine.run(spec, server, store, cancel, limits, FOREVER, cluster=cluster)


def results(events: list[Event]) -> dict[str, FlagResult]:
    return {event.result.cc: event.result for event in events if isinstance(event, FlagDone)}


def assert_whole(events: list[Event], spec: JobSpec) -> JobFinished:
    """Check what holds for every job on a cluster, however it ended; returns its last event."""
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [e.result.cc for e in events if isinstance(e, FlagDone)].sort() == [*spec.codes].sort()
    assert len(results(events)) == len(spec.codes)
    end = events[-1]
    assert isinstance(end, JobFinished)
    assert sum(end.counts.values()) == len(spec.codes)
    started = {e.cc: e for e in events if isinstance(e, FlagStarted)}
    done = {e.result.cc: e.seq for e in events if isinstance(e, FlagDone)}
    assert all(done[e.cc] < e.seq for e in events if isinstance(e, FlagReturned))
    for cc, result in results(events).items():
        if result.started is not None:
            assert (result.worker, result.started) == (started[cc].worker, started[cc].t)
            moments = [result.started, result.sent, result.first_byte, result.received]
            known = [moment for moment in [*moments, result.finished] if moment is not None]
            assert known == sorted(known)
            assert result.attempts <= spec.attempts
    return end


def outcomes(events: list[Event]) -> dict[str, tuple[Any, ...]]:
    return {cc: (r.status, r.detail, r.attempts, r.bytes) for cc, r in results(events).items()}


def test_a_cluster_meets_what_threads_meet(
    cluster: Cluster, origin: LastingOrigin, tmp_path: Path
) -> None:
    lab = Lab(delay=0.01, spread=1, errors=0.5, seed=7)
    met = {}
    server = Server(f"{origin.urls()['LAB']}{LAYOUT}?{lab.query}&attempt={{attempt}}")
    for executor, strategy in [("threads", "map"), *(("cluster", name) for name in THREADED)]:
        spec = a_spec(
            executor=executor, strategy=strategy, codes=["C"], limit=9, max_req=6, attempts=2
        )
        store = FlagStore(tmp_path / executor / strategy)
        events = list(begin(cluster, spec, server, store))
        assert assert_whole(events, spec).state is JobState.FINISHED
        saved = {flag.cc: store.read(flag.cc) for flag in store}
        met[executor, strategy] = (outcomes(events), saved)
        places = {e.place for e in events if isinstance(e, FlagStarted)}
        assert all("@" in place for place in places) == (executor == "cluster")
        if strategy == "map":
            assert [e.cc for e in events if isinstance(e, FlagReturned)] == [*spec.codes]
    assert all(each == met["threads", "map"] for each in met.values())
    found, _ = met["threads", "map"]
    assert {status for status, *_ in found.values()} == {OK, NOT_FOUND, ERROR}
    assert {attempts for *_, attempts, _ in found.values()} == {1, 2}


def test_a_start_is_told_while_it_is_held_and_no_more_run_than_may(
    cluster: Cluster, store: FlagStore
) -> None:
    let_go = threading.Event()
    lock, running_now, most = threading.Lock(), 0, 0

    def handle(connection: Connection) -> None:
        nonlocal running_now, most
        while connection.read_request():
            with lock:
                running_now += 1
                most = max(most, running_now)
            let_go.wait(WITHIN)
            with lock:
                running_now -= 1
            connection.send(answer())

    spec = a_spec(codes=["A"], limit=10, max_req=2)
    with HostileServer(handle) as hostile:
        running = begin(cluster, spec, hostile.server, store)
        events = [next(running) for _ in range(3)]
        assert [event.type for event in events] == ["job_started", "flag_started", "flag_started"]
        wait_for(lambda: running_now == 2)
        let_go.set()
        events += running
    assert assert_whole(events, spec).counts[OK] == 10
    assert most == 2


def test_a_cancel_in_the_middle(cluster: Cluster, store: FlagStore) -> None:
    spec = a_spec(codes=["A"], max_req=6)
    cancel, held = threading.Event(), threading.Semaphore(0)

    def handle(connection: Connection) -> None:
        while request := connection.read_request():
            if code_of(request) > "AC":
                held.release()
                connection.hold()
                return
            connection.send(answer())

    with HostileServer(handle) as hostile:
        running = begin(cluster, spec, hostile.server, store, cancel)
        events: list[Event] = []
        while len(results(events)) < 3:
            events.append(next(running))
        for _ in range(6):
            assert held.acquire(timeout=WITHIN)
        cancel.set()
        events += running
        # The workers hang up, and ask for nothing more.
        wait_for(lambda: not hostile.connected)
        assert not held.acquire(blocking=False)
    end = assert_whole(events, spec)
    assert end.state is JobState.CANCELLED
    assert end.counts == {OK: 3, NOT_FOUND: 0, ERROR: 0, CANCELLED: 23}
    assert [flag.cc for flag in store] == ["AA", "AB", "AC"]


def test_a_bug_here_ends_the_job_with_every_code_accounted_for(
    cluster: Cluster, tmp_path: Path
) -> None:
    class Buggy(FlagStore):
        def save(self, cc: str, image: bytes) -> None:
            raise ZeroDivisionError(cc)

    spec = a_spec(codes=["AX", "BX"], max_req=1)
    with HostileServer(_answer_all) as hostile:
        events = list(begin(cluster, spec, hostile.server, Buggy(tmp_path)))
    end = assert_whole(events, spec)
    assert (end.state, end.detail) == (JobState.FAILED, "ZeroDivisionError('AX')")


def test_a_directory_that_cant_be_written_is_an_error_of_the_flag(
    cluster: Cluster, tmp_path: Path
) -> None:
    (tmp_path / "downloads").write_text("mine")
    spec = a_spec(codes=["AX"])
    with HostileServer(_answer_all) as hostile:
        events = list(begin(cluster, spec, hostile.server, FlagStore(tmp_path / "downloads")))
    assert assert_whole(events, spec).counts[ERROR] == 1
    assert results(events)["AX"].bytes == 0


def test_a_job_that_cant_begin_doesnt_end_those_that_run(
    cluster: Cluster, store: FlagStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go = threading.Event()

    def handle(connection: Connection) -> None:
        while connection.read_request():
            let_go.wait(WITHIN)
            connection.send(answer())

    def refuse(client: object) -> None:
        raise ClusterError("A worker of another version.")

    spec = a_spec(codes=["AX"])
    with HostileServer(handle) as hostile:
        running = begin(cluster, spec, hostile.server, store)
        events = [next(running), next(running)]  # the second one: the flag has started
        monkeypatch.setattr(readiness, "check", refuse)
        other = assert_whole(list(begin(cluster, spec, hostile.server, store)), spec)
        assert (other.state, other.detail) == (JobState.FAILED, "A worker of another version.")
        let_go.set()
        events += running
    assert assert_whole(events, spec).counts[OK] == 1


def test_flags_of_dead_workers_are_tried_again_within_their_attempts(store: FlagStore) -> None:
    """AX, BX and CX are held when their process dies. BX got a 503 before: no attempt is left."""
    asked, let_go = threading.Semaphore(0), threading.Event()
    requests: list[str] = []

    def handle(connection: Connection) -> None:
        while request := connection.read_request():
            code = code_of(request)
            requests.append(code)
            if code == "BX" and requests.count(code) == 1:
                connection.send(answer(b"", "503 Service Unavailable"))
                continue
            asked.release()
            if not let_go.is_set():
                connection.hold()
                return
            connection.send(answer())

    spec = a_spec(codes=["AX", "BX", "CX", "DX"], max_req=3, attempts=2)
    with closing(Cluster("local:1")) as cluster, HostileServer(handle) as hostile:
        running = begin(cluster, spec, hostile.server, store)
        events = [next(running) for _ in range(4)]
        for _ in range(3):
            assert asked.acquire(timeout=WITHIN)
        let_go.set()
        connection = cluster.connect(threading.Event())
        assert connection
        for process in connection.run(os.getpid).values():
            os.kill(process, signal.SIGKILL)
        events += running
    assert assert_whole(events, spec).state is JobState.FINISHED
    assert {cc: (r.status, r.detail, r.attempts) for cc, r in results(events).items()} == {
        "AX": (OK, "OK", 2),
        "BX": (ERROR, "the worker died", 2),
        "CX": (OK, "OK", 2),
        "DX": (OK, "OK", 1),
    }
    assert {cc: requests.count(cc) for cc in spec.codes} == {"AX": 2, "BX": 2, "CX": 2, "DX": 1}
    assert [flag.cc for flag in store] == ["AX", "CX", "DX"]
    assert not list(store.directory.glob(".*"))


def _answer_all(connection: Connection) -> None:
    while connection.read_request():
        connection.send(answer())
