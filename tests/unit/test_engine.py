"""A job from its first event to its last, against real servers."""

import threading
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from flagdl import engine
from flagdl.download.downloader import Limits
from flagdl.download.servers import LAYOUT, Server
from flagdl.download.store import FlagStore
from flagdl.download.workers import Threads
from flagdl.model.events import (
    DownloadStatus,
    Event,
    FlagDone,
    FlagResult,
    FlagReturned,
    FlagStarted,
    JobFinished,
    JobStarted,
    JobState,
)
from flagdl.model.ledger import Ledger
from flagdl.model.spec import JobSpec, parse_spec
from flagdl.origin.faults import FaultPlan, Kind
from flagdl.origin.http import load_images
from flagdl.origin.process import OriginProcess
from flagdl.strategies import STRATEGIES, THREADED, DownloadOne
from tests.support.here import LastingOrigin
from tests.support.hostile import (
    FOREVER,
    PATIENT,
    Connection,
    HostileServer,
    answer,
    answering,
    code_of,
)
from tests.support.running import WITHIN, wait_for

OK, NOT_FOUND, ERROR, CANCELLED = DownloadStatus
A_TO_Z = [f"{letter}X" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
SHORT = 0.01  # seconds of grace: the engine's next check uses it up
EVERY = pytest.mark.parametrize("strategy", STRATEGIES)
CONCURRENT = pytest.mark.parametrize("strategy", ["map", "as_completed", "asyncio"])
NO_FLAG = answer(b"none", "404 Not Found")


@pytest.fixture
def store(tmp_path: Path) -> FlagStore:
    return FlagStore(tmp_path / "downloads")


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    wait_for(lambda: set(threading.enumerate()) <= before)


def a_spec(strategy: str = "as_completed", **options: object) -> JobSpec:
    return parse_spec({"strategy": strategy, **options}, ["LOCAL"])


def begin(
    spec: JobSpec,
    server: Server,
    store: FlagStore,
    cancel: threading.Event | None = None,
    limits: Limits = PATIENT,
    grace: float = FOREVER,
) -> Generator[Event, None, None]:
    """Begin a job without time limits; iterate over its events to let it run."""
    return engine.run(spec, server, store, cancel or threading.Event(), limits, grace)


def run(*args: Any, **options: Any) -> list[Event]:
    return list(begin(*args, **options))


def assert_workers_end() -> None:
    """Wait until a job's threads end, although a server still holds their requests."""
    wait_for(lambda: not any(t.name.startswith("flagdl") for t in threading.enumerate()))


def done(events: list[Event]) -> dict[str, FlagDone]:
    return {event.result.cc: event for event in events if isinstance(event, FlagDone)}


def returned(events: list[Event]) -> dict[str, FlagReturned]:
    return {event.cc: event for event in events if isinstance(event, FlagReturned)}


def end_of(events: list[Event]) -> JobFinished:
    end = events[-1]
    assert isinstance(end, JobFinished)
    return end


def assert_whole(events: list[Event], spec: JobSpec) -> None:
    """Check what holds for the events of every job, however the job ended."""
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    times = [event.t for event in events]
    assert times == sorted(times)
    assert isinstance(events[0], JobStarted)
    assert events[0].total == len(spec.codes)
    assert events[0].max_req == spec.concurrency
    assert [type(event) for event in events].count(JobStarted) == 1
    assert [type(event) for event in events].count(JobFinished) == 1

    results = [event.result for event in events if isinstance(event, FlagDone)]
    assert sorted(result.cc for result in results) == list(spec.codes)
    counts = end_of(events).counts
    assert counts == {status: [r.status for r in results].count(status) for status in counts}
    assert set(counts) == set(DownloadStatus)
    assert sum(counts.values()) == len(spec.codes)
    assert end_of(events).elapsed == end_of(events).t

    started: dict[str, FlagStarted] = {}
    for event in events:
        if isinstance(event, FlagStarted):
            assert event.cc not in started
            started[event.cc] = event
            assert 0 <= event.worker < spec.concurrency
        elif isinstance(event, FlagDone) and event.result.started is not None:
            result = event.result
            assert result.worker == started[result.cc].worker
            assert result.finished is not None
            assert result.started == started[result.cc].t
            assert result.finished == event.t
            moments = [result.started, result.sent, result.first_byte, result.received, event.t]
            known = [moment for moment in moments if moment is not None]
            assert known == sorted(known)
        elif isinstance(event, FlagReturned):
            assert done(events)[event.cc].seq < event.seq
    assert end_of(events).returned == len(returned(events))


def choosing(good: bytes = answer()) -> Callable[[bytes], bytes]:
    """Return a flag for codes up to M, and 404 for the rest."""
    return lambda request: good if code_of(request) < "N" else NO_FLAG


# Jobs that run to their end


@EVERY
def test_a_job_tells_its_whole_story(strategy: str, store: FlagStore) -> None:
    spec = a_spec(strategy, codes=A_TO_Z, max_req=5)
    with HostileServer(answering(choosing())) as hostile:
        events = run(spec, hostile.server, store)
    assert_whole(events, spec)
    assert isinstance(events[0], JobStarted)
    assert events[0].site == hostile.url
    assert end_of(events).state is JobState.FINISHED
    assert end_of(events).detail == ""
    assert end_of(events).counts == {OK: 13, NOT_FOUND: 13, ERROR: 0, CANCELLED: 0}
    assert sum(isinstance(event, FlagStarted) for event in events) == 26
    assert [flag.cc for flag in store] == A_TO_Z[:13]


@EVERY
def test_connections_are_used_again(strategy: str, store: FlagStore) -> None:
    spec = a_spec(strategy, codes=["A", "Z"], max_req=4)
    with HostileServer(answering(choosing())) as hostile:
        events = run(spec, hostile.server, store)
        assert hostile.accepted <= spec.concurrency
    assert end_of(events).counts == {OK: 26, NOT_FOUND: 26, ERROR: 0, CANCELLED: 0}


@CONCURRENT
def test_the_server_never_sees_more_requests_at_once_than_asked_for(
    strategy: str, store: FlagStore
) -> None:
    lock = threading.Lock()
    running, most = 0, 0
    full = threading.Event()

    def choose(request: bytes) -> bytes:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
            if running == 3:
                full.set()
        assert full.wait(WITHIN)
        with lock:
            running -= 1
        return NO_FLAG

    # The last round may have fewer than three requests: the gate stays open.
    spec = a_spec(strategy, codes=A_TO_Z, max_req=3)
    with HostileServer(answering(choose)) as hostile:
        run(spec, hostile.server, store)
    assert most == 3


@CONCURRENT
def test_a_start_is_told_while_its_download_is_held(strategy: str, store: FlagStore) -> None:
    let_go = threading.Event()

    def choose(request: bytes) -> bytes:
        # If start events came late, this wait would time out, and the order would be wrong.
        let_go.wait(WITHIN)
        return NO_FLAG

    spec = a_spec(strategy, codes=["AA", "BB", "CC"], max_req=2)
    with HostileServer(answering(choose)) as hostile:
        events = begin(spec, hostile.server, store)
        story = [next(events) for _ in range(3)]
        assert [type(event) for event in story] == [JobStarted, FlagStarted, FlagStarted]
        let_go.set()
        story += events
    assert_whole(story, spec)


@CONCURRENT
def test_map_alone_holds_back_what_is_done_behind_a_slow_one(
    strategy: str, store: FlagStore
) -> None:
    """The book's lesson: the first code is slow; the others are done, and reported, at once."""
    let_go = threading.Event()

    def choose(request: bytes) -> bytes:
        assert code_of(request) != "AX" or let_go.wait(WITHIN)
        return answer()

    spec = a_spec(strategy, codes=["AX", "BX", "CX"])
    with HostileServer(answering(choose)) as hostile:
        running = begin(spec, hostile.server, store)
        story: list[Event] = []
        while len(done(story)) < 2:
            story.append(next(running))
        let_go.set()
        story += running
    assert_whole(story, spec)
    slow = done(story)["AX"]
    assert [done(story)[cc].t < slow.t for cc in ("BX", "CX")] == [True, True]
    back = returned(story)
    held = [cc for cc in ("BX", "CX") if back[cc].t > slow.t]
    assert held == (["BX", "CX"] if strategy == "map" else [])
    if strategy == "map":
        assert list(back) == ["AX", "BX", "CX"]


def test_the_end_is_told_before_threads_and_connections_end(
    store: FlagStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = threading.Event()
    closed_after: list[bool] = []

    def lingering(
        codes: Sequence[str], download_one: DownloadOne[FlagResult], _: Executor
    ) -> Iterator[FlagResult]:
        yield from map(download_one, codes)
        assert told.wait(WITHIN)

    class Watched(Threads):
        def close(self) -> None:
            closed_after.append(told.is_set())
            super().close()

    monkeypatch.setitem(THREADED, "sequential", lingering)
    monkeypatch.setattr(engine, "Threads", Watched)
    with HostileServer(answering(choosing())) as hostile:
        for event in begin(a_spec("sequential"), hostile.server, store):
            if isinstance(event, JobFinished):
                told.set()
    assert isinstance(event, JobFinished)
    assert event.state is JobState.FINISHED
    wait_for(lambda: closed_after)
    assert closed_after == [True]


@pytest.fixture(scope="module")
def local(origin: LastingOrigin) -> Server:
    return Server(origin.urls()["LOCAL"] + LAYOUT)


@pytest.mark.parametrize("max_req", [1, 1000])
def test_all_strategies_save_byte_identical_files(
    max_req: int, local: Server, tmp_path: Path
) -> None:
    saved = []
    for strategy in STRATEGIES:
        store = FlagStore(tmp_path / strategy)
        spec = a_spec(strategy, codes=["B", "F"], max_req=max_req)
        assert_whole(run(spec, local, store), spec)
        saved.append({flag.cc: store.read(flag.cc) for flag in store})
    images = {cc.upper(): image.body for cc, image in load_images().items()}
    expected = {cc: body for cc, body in images.items() if cc[0] in "BF"}
    assert len(expected) > 20
    assert saved == [expected] * len(STRATEGIES)


def test_every_strategy_meets_the_faults_of_its_visit(tmp_path: Path) -> None:
    """The server counts how often it was asked for each code: the order makes no difference."""
    images = load_images()
    with closing(OriginProcess(FaultPlan(delay=0))) as origin:
        server = Server(origin.urls()["ERROR"] + LAYOUT)
        for visit, strategy in enumerate(STRATEGIES):
            spec = a_spec(strategy, select="every", limit=70, max_req=30)
            events = run(spec, server, FlagStore(tmp_path / strategy))
            assert_whole(events, spec)

            def expected(cc: str, visit: int = visit) -> DownloadStatus:
                if FaultPlan().fault(Kind.ERROR, cc.lower(), visit).fails:
                    return ERROR
                return OK if cc.lower() in images else NOT_FOUND

            statuses = {cc: event.result.status for cc, event in done(events).items()}
            assert statuses == {cc: expected(cc) for cc in spec.codes}
            assert set(statuses.values()) == {OK, NOT_FOUND, ERROR}


# Cancelled


class Holding:
    """Answers codes up to C, and holds the rest until the client disconnects."""

    def __init__(self) -> None:
        self.held = threading.Semaphore(0)

    def __call__(self, connection: Connection) -> None:
        while request := connection.read_request():
            if code_of(request) >= "D":
                self.held.release()
                connection.hold()
                return
            connection.send(answer())


@pytest.mark.parametrize(
    ("strategy", "max_req"), [("sequential", 1), ("map", 6), ("as_completed", 6), ("asyncio", 6)]
)
def test_a_cancel_in_the_middle(strategy: str, max_req: int, store: FlagStore) -> None:
    spec = a_spec(strategy, codes=A_TO_Z, max_req=max_req)
    cancel = threading.Event()
    holding = Holding()
    with HostileServer(holding) as hostile:
        running = begin(spec, hostile.server, store, cancel)
        events: list[Event] = []
        while len(done(events)) < 3:
            events.append(next(running))
        for _ in range(max_req):
            assert holding.held.acquire(timeout=WITHIN)
        cancel.set()
        events += running
        assert_workers_end()
        asked = hostile.accepted
    assert_whole(events, spec)
    end = end_of(events)
    assert end.state is JobState.CANCELLED
    assert end.counts == {OK: 3, NOT_FOUND: 0, ERROR: 0, CANCELLED: 23}
    assert [flag.cc for flag in store] == A_TO_Z[:3]
    assert asked <= spec.concurrency
    given_up = [e.result for e in done(events).values() if e.result.status is CANCELLED]
    assert {result.detail for result in given_up} == {"cancelled"}
    assert sum(result.attempts for result in given_up) == max_req


@EVERY
def test_a_job_cancelled_before_it_began_asks_for_nothing(strategy: str, store: FlagStore) -> None:
    cancel = threading.Event()
    cancel.set()
    spec = a_spec(strategy)
    with HostileServer(Holding()) as hostile:
        events = run(spec, hostile.server, store, cancel)
        assert hostile.accepted == 0
    assert_whole(events, spec)
    assert end_of(events).state is JobState.CANCELLED
    assert end_of(events).counts[CANCELLED] == 20
    assert not any(isinstance(event, FlagStarted) for event in events)


@pytest.mark.parametrize("strategy", ["as_completed", "asyncio"])
def test_a_cancel_ends_as_many_requests_as_may_be_under_way(
    strategy: str, store: FlagStore
) -> None:
    spec = a_spec(strategy, select="every", limit=200, max_req=1000)
    cancel = threading.Event()
    asked = threading.Semaphore(0)

    def handle(connection: Connection) -> None:
        connection.read_request()
        asked.release()
        connection.hold()

    with HostileServer(handle) as hostile:
        events = begin(spec, hostile.server, store, cancel)
        story = [next(events) for _ in range(1 + spec.concurrency)]
        for _ in range(spec.concurrency):
            assert asked.acquire(timeout=WITHIN)
        cancel.set()
        story += events
        assert_workers_end()
    assert_whole(story, spec)
    assert end_of(story).counts[CANCELLED] == 200
    assert {event.result.attempts for event in done(story).values()} == {1}


def test_a_cancelled_job_leaves_what_cannot_be_ended(
    store: FlagStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancel = threading.Event()
    let_go = threading.Event()

    def stuck(
        codes: Sequence[str], download_one: DownloadOne[FlagResult], _: Executor
    ) -> Iterator[FlagResult]:
        cancel.set()
        assert let_go.wait(WITHIN)
        yield from map(download_one, codes)

    monkeypatch.setitem(THREADED, "sequential", stuck)
    spec = a_spec("sequential")
    with HostileServer(Connection.hold) as hostile:
        events = run(spec, hostile.server, store, cancel, grace=SHORT)
    let_go.set()
    assert_whole(events, spec)
    assert end_of(events).state is JobState.CANCELLED
    assert end_of(events).counts[CANCELLED] == 20


def test_what_is_saved_counts_as_saved_behind_a_code_that_cannot_be_ended(tmp_path: Path) -> None:
    spec = a_spec("map", codes=["BR", "CN", "DE", "FR"], max_req=4)
    let_go = threading.Event()
    cancel = threading.Event()

    class Stuck(FlagStore):
        def save(self, cc: str, image: bytes) -> None:
            assert cc != "BR" or let_go.wait(WITHIN)
            super().save(cc, image)

    store = Stuck(tmp_path)
    with HostileServer(answering(lambda _: answer())) as hostile:
        running = begin(spec, hostile.server, store, cancel, grace=SHORT)
        events = [next(running), next(running)]
        wait_for(lambda: [flag.cc for flag in store] == ["CN", "DE", "FR"])
        cancel.set()
        events += running
        let_go.set()
    assert_whole(events, spec)
    assert end_of(events).state is JobState.CANCELLED
    assert (end_of(events).counts[OK], end_of(events).counts[CANCELLED]) == (3, 1)


def test_a_slow_server_is_waited_for_unless_cancelled(store: FlagStore) -> None:
    class Cancel(threading.Event):
        """Counts how often the engine checks whether it is set."""

        looks = 0

        def is_set(self) -> bool:
            self.looks += 1
            return super().is_set()

    cancel = Cancel()

    def choose(request: bytes) -> bytes:
        # After a cancel, each check by the job's thread would use up some of the grace.
        before = cancel.looks
        wait_for(lambda: cancel.looks > before + 2)
        return answer()

    spec = a_spec(codes=["BR"])
    with HostileServer(answering(choose)) as hostile:
        events = run(spec, hostile.server, store, cancel, grace=SHORT)
    assert_whole(events, spec)
    assert end_of(events).counts[OK] == 1


@EVERY
def test_whoever_stops_listening_stops_the_job(strategy: str, store: FlagStore) -> None:
    spec = a_spec(strategy, codes=A_TO_Z, max_req=2)
    cancel = threading.Event()
    with HostileServer(Holding()) as hostile:
        events = begin(spec, hostile.server, store, cancel)
        while not isinstance(next(events), FlagDone):
            pass
        events.close()
        assert cancel.is_set()
        assert_workers_end()
        assert hostile.accepted <= 2


# Bugs and failures


class Buggy(FlagStore):
    """A store with a bug that one code triggers."""

    def save(self, cc: str, image: bytes) -> None:
        if cc == "DX":
            raise ZeroDivisionError("D")
        super().save(cc, image)


@EVERY
def test_a_bug_ends_the_job_as_failed_with_every_code_accounted_for(
    strategy: str, tmp_path: Path
) -> None:
    spec = a_spec(strategy, codes=A_TO_Z, max_req=3)
    with HostileServer(answering(choosing())) as hostile:
        events = run(spec, hostile.server, Buggy(tmp_path))
    assert_whole(events, spec)
    end = end_of(events)
    assert end.state is JobState.FAILED
    assert end.detail == "ZeroDivisionError('D')"
    assert done(events)["DX"].result.status is CANCELLED
    assert done(events)["DX"].result.detail == "the job failed"


@CONCURRENT
def test_a_bug_does_not_wait_for_what_a_server_holds(strategy: str, tmp_path: Path) -> None:
    def handle(connection: Connection) -> None:
        while request := connection.read_request():
            if code_of(request) > "DX":
                connection.hold()
            connection.send(answer())

    spec = a_spec(strategy, codes=A_TO_Z, max_req=8)
    with HostileServer(handle) as hostile:
        events = run(spec, hostile.server, Buggy(tmp_path))
        assert_workers_end()
    assert_whole(events, spec)
    assert end_of(events).state is JobState.FAILED


@CONCURRENT
def test_a_bug_is_told_while_another_download_can_t_be_ended(strategy: str, tmp_path: Path) -> None:
    busy, over = threading.Event(), threading.Event()

    class Stuck(Buggy):
        def save(self, cc: str, image: bytes) -> None:
            if cc == "CX":
                busy.set()
                over.wait(WITHIN)
            elif cc == "DX":
                busy.wait(WITHIN)
            super().save(cc, image)

    spec = a_spec(strategy, codes=("CX", "DX"), max_req=2)
    with HostileServer(answering(choosing())) as hostile:
        events = run(spec, hostile.server, Stuck(tmp_path))
        over.set()
    assert_whole(events, spec)
    assert end_of(events).detail == "ZeroDivisionError('D')"


@EVERY
def test_a_server_that_hangs_up_on_some_spoils_only_those(strategy: str, store: FlagStore) -> None:
    def handle(connection: Connection) -> None:
        while request := connection.read_request():
            if code_of(request) == "DX":
                return
            connection.send(answer())

    spec = a_spec(strategy, codes=A_TO_Z, max_req=4)
    with HostileServer(handle) as hostile:
        events = run(spec, hostile.server, store)
    assert_whole(events, spec)
    assert end_of(events).state is JobState.FINISHED
    assert end_of(events).counts == {OK: 25, NOT_FOUND: 0, ERROR: 1, CANCELLED: 0}
    assert done(events)["DX"].result.detail == "connection reset"


def test_a_directory_that_cant_be_written_is_an_error_for_each_flag(tmp_path: Path) -> None:
    (tmp_path / "downloads").write_text("mine")
    spec = a_spec(codes=A_TO_Z)
    with HostileServer(answering(choosing())) as hostile:
        events = run(spec, hostile.server, FlagStore(tmp_path / "downloads"))
    assert_whole(events, spec)
    assert end_of(events).state is JobState.FINISHED
    assert end_of(events).counts == {OK: 0, NOT_FOUND: 13, ERROR: 13, CANCELLED: 0}


def test_limits_reach_the_downloads(store: FlagStore) -> None:
    spec = a_spec(codes=["BR"])
    with HostileServer(answering(lambda _: answer())) as hostile:
        events = run(spec, hostile.server, store, limits=Limits(bytes=10))
    assert done(events)["BR"].result.detail == "too large"


# A job that can't go on


def test_what_a_job_leaves_open_is_accounted_for() -> None:
    counts = Counter({OK: 2})
    ledger = Ledger(["CX", "DX"], lambda: 1.5, counts, returned=1, seq=7)
    events = list(ledger.close(JobState.INTERRUPTED))
    assert [event.seq for event in events] == [8, 9, 10]
    assert {event.t for event in events} == {1.5}
    assert [(r.result.cc, r.result.status, r.result.detail) for r in done(events).values()] == [
        ("CX", CANCELLED, "interrupted"), ("DX", CANCELLED, "interrupted"),
    ]  # fmt: skip
    assert end_of(events).state is JobState.INTERRUPTED
    assert end_of(events).counts == {OK: 2, NOT_FOUND: 0, ERROR: 0, CANCELLED: 2}
    assert end_of(events).returned == 1
    assert counts == {OK: 2}


def test_a_job_without_a_thread_fails_and_says_why(
    store: FlagStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    spec = a_spec(codes=["BR", "CN"])
    events = run(spec, Server("http://127.0.0.1:9/{cc}"), store)
    assert_whole(events, spec)
    assert end_of(events).state is JobState.FAILED
    assert end_of(events).detail == "The system has no thread left for this job."
