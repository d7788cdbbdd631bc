"""The registry: background jobs, their limits and ends, and joining one at any moment."""

import json
import random
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from flagdl import engine
from flagdl.download.servers import Servers
from flagdl.download.store import FlagStore
from flagdl.history.history import BrokenLog, History
from flagdl.history.writer import HistoryError
from flagdl.jobs.registry import JobRunning, NoJob, NothingToRetry
from flagdl.jobs.scheduler import REMEMBERED, TooManyJobs
from flagdl.model.codes import Selection, expand_codes
from flagdl.model.events import DownloadStatus, Event, JobStarted
from flagdl.model.ledger import Ledger
from flagdl.model.reading import SpecError
from flagdl.model.spec import parse_spec
from tests.support.here import LastingOrigin
from tests.support.hostile import HostileServer, answer, answering
from tests.support.ports import reserved_port
from tests.support.running import WITHIN, FlagGate, wait_for
from tests.support.worlds import Browser, World, assert_accounted_for, spec


@pytest.fixture
def gone() -> Iterator[str]:
    """The URL template of a server that is not running."""
    with reserved_port() as port:
        yield f"http://127.0.0.1:{port}/{{cc}}"


@pytest.fixture
def make(tmp_path: Path, gate: FlagGate, gone: str) -> Iterator[Callable[..., World]]:
    """Make worlds where the test controls the server GATE, and no server runs at GONE."""
    with ExitStack() as worlds:

        def make(**limits: int) -> World:
            servers = {"GATE": gate.template, "GONE": gone}
            return worlds.enter_context(closing(World(tmp_path, servers, **limits)))

        yield make


@pytest.fixture
def world(make: Callable[..., World]) -> World:
    return make()


def test_a_job_runs_to_its_end_and_moves_to_the_history(world: World, gate: FlagGate) -> None:
    gate.open()
    job_id = world.submit()
    job = world.ended(job_id)
    assert job["state"] == "finished"
    assert job["counts"] == {"ok": 3, "not_found": 0, "error": 0, "cancelled": 0}
    assert_accounted_for(job)
    events = world.registry.events(job_id)
    assert [event.seq for event in events] == list(range(1, job["seq"] + 1))


def test_the_last_jobs_are_known_without_reading_their_logs(world: World, gate: FlagGate) -> None:
    gate.open()
    known = [world.ended(world.submit("BR", server="GONE")) for _ in range(REMEMBERED + 1)]
    jobs = [job["id"] for job in known]
    world.registry.delete(jobs[-1])
    with pytest.raises(NoJob):
        world.registry.get(jobs[-1])
    with world.without_logs():
        assert [world.get(job_id) for job_id in jobs[1:-1]] == known[1:-1]
        with pytest.raises(HistoryError):
            world.get(jobs[0])
    assert world.get(jobs[0]) == known[0]


def test_a_job_in_progress_and_its_log_agree(world: World, gate: FlagGate) -> None:
    job_id = world.submit("BR", "CN", "FR")
    gate.let(1)
    world.reached(job_id, 1 + 3 + 2)  # all that can happen: one flag has come back
    running = world.get(job_id)
    assert running["state"] == "running"
    assert running["counts"]["ok"] == 1
    assert sorted(item["status"] for item in running["items"]) == ["ok", "running", "running"]
    assert len(world.registry.events(job_id)) == running["seq"]
    assert [job["seq"] for job in world.registry.recent(10)] == [running["seq"]]
    gate.open()
    assert world.ended(job_id)["state"] == "finished"


def test_cancelling_a_running_job_keeps_what_it_has(world: World, gate: FlagGate) -> None:
    job_id = world.submit("BR", "CN", "FR", max_req=2)
    gate.let(1)
    wait_for(lambda: world.get(job_id)["counts"]["ok"] == 1)
    assert world.registry.cancel(job_id)
    job = world.ended(job_id)
    assert job["state"] == "cancelled"
    assert (job["counts"]["ok"], job["counts"]["cancelled"]) == (1, 2)
    assert_accounted_for(job)


def test_cancelling_a_waiting_job_ends_it_at_once(make: Callable[..., World]) -> None:
    world = make(max_running=1)
    running, waiting = world.submit(), world.submit()
    assert world.get(waiting)["state"] == "pending"
    job = world.registry.cancel(waiting)
    assert job["state"] == "cancelled"
    assert job["counts"][DownloadStatus.CANCELLED] == 3
    assert_accounted_for(job)
    assert running in world.registry._scheduler.live()


def test_cancelling_a_waiting_job_by_many_at_once_ends_it_once(
    make: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make(max_running=1)
    world.submit()
    job_id = world.submit("BR", "CN", "FR")
    # Each caller goes on only when all of them have begun to close the open codes.
    everybody = threading.Barrier(4)
    honest = Ledger.close

    def slow(*args: Any) -> Iterator[Event]:
        with suppress(threading.BrokenBarrierError):
            everybody.wait(0.1)
        return honest(*args)

    monkeypatch.setattr(Ledger, "close", slow)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: world.registry.cancel(job_id), range(4)))
    job = world.ended(job_id)
    assert job["counts"]["cancelled"] == 3
    assert [event.seq for event in world.registry.events(job_id)] == [1, 2, 3, 4]


def test_a_job_is_cancelled_while_its_server_does_not_listen_yet(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    monkeypatch.setattr("flagdl.origin.process._command", lambda _: never)
    embedded = parse_spec({"codes": ["BR", "CN"], "server": "LOCAL"}, world.servers)
    job_id = world.registry.submit(embedded)["id"]
    wait_for(lambda: world.servers._origin._child)
    assert world.registry.cancel(job_id)
    job = world.ended(job_id)
    assert (job["state"], job["counts"]["cancelled"]) == ("cancelled", 2)


def test_cancelling_what_has_ended_changes_nothing(world: World, gate: FlagGate) -> None:
    gate.open()
    job_id = world.submit()
    before = world.ended(job_id)
    assert world.registry.cancel(job_id) == before
    with pytest.raises(NoJob):
        world.registry.cancel("999")


def test_a_retry_fetches_what_was_cancelled(world: World, gate: FlagGate) -> None:
    job_id = world.submit("BR", "CN", "FR")
    gate.let(1)
    wait_for(lambda: world.get(job_id)["counts"]["ok"] == 1)
    with pytest.raises(JobRunning):
        world.registry.retry(job_id)
    world.registry.cancel(job_id)
    first = world.ended(job_id)
    gate.open()
    retried = world.registry.retry(job_id)
    left = [item["cc"] for item in first["items"] if item["status"] == "cancelled"]
    assert retried["spec"] == {**first["spec"], "codes": left}
    assert world.ended(retried["id"])["counts"]["ok"] == 2
    with pytest.raises(NothingToRetry):
        world.registry.retry(retried["id"])
    with pytest.raises(NoJob):
        world.registry.retry("999")


def test_a_retry_needs_the_server_to_be_there_still(world: World) -> None:
    job_id = world.submit("BR", server="GONE")
    world.ended(job_id)
    del world.servers._templates["GONE"]
    with pytest.raises(SpecError, match="server must be one of"):
        world.registry.retry(job_id)
    assert len(world.registry.recent(10)) == 1


def test_only_an_ended_job_can_be_deleted(make: Callable[..., World], gate: FlagGate) -> None:
    world = make(max_running=1)
    running, waiting = world.submit(), world.submit()
    for job_id in (running, waiting):
        with pytest.raises(JobRunning):
            world.registry.delete(job_id)
        # A job's number in another spelling names no job.
        with pytest.raises(NoJob):
            world.registry.delete(f"0{job_id}")
    gate.open()
    for job_id in (running, waiting):
        assert world.ended(job_id)["state"] == "finished"
        world.registry.delete(job_id)
        for ask in (world.registry.delete, world.registry.get, world.registry.events):
            with pytest.raises(NoJob):
                ask(job_id)
        with pytest.raises(NoJob):
            world.registry.subscribe(job_id, Browser(), None)


def test_a_job_cannot_be_deleted_before_it_is_live(
    world: World, gate: FlagGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job's number is known once it is written, a moment before the job is live."""
    create = world.history.create
    refused = []

    def create_and_meet_a_vandal(*args: Any, **options: Any) -> Any:
        row = create(*args, **options)
        with pytest.raises(JobRunning):
            world.registry.delete(row.id)
        refused.append(row.id)
        return row

    monkeypatch.setattr(world.history, "create", create_and_meet_a_vandal)
    gate.open()
    job_id = world.submit()
    assert refused == [job_id]
    assert world.ended(job_id)["state"] == "finished"


def test_a_job_starts_when_the_one_before_it_has_ended(world: World, gate: FlagGate) -> None:
    first = world.submit()
    second = world.registry.submit(spec(), after=first)["id"]
    third = world.registry.submit(spec(), after=second)["id"]
    world.reached(first, 2)
    assert [world.get(job_id)["state"] for job_id in (second, third)] == ["pending", "pending"]
    assert world.get(third)["after"] == second
    gate.open()
    assert world.ended(third)["state"] == "finished"
    assert world.get(second)["state"] == "finished"
    # A job starts at once if the one before it has already ended.
    assert world.ended(world.registry.submit(spec(), after=first)["id"])["state"] == "finished"
    with pytest.raises(SpecError, match="there is no job 999"):
        world.registry.submit(spec(), after="999")


def test_a_job_starts_however_the_one_before_it_ends(world: World, gate: FlagGate) -> None:
    first = world.submit()
    second = world.registry.submit(spec(), after=first)["id"]
    third = world.registry.submit(spec(), after=second)["id"]
    world.registry.cancel(second)  # it never runs
    assert world.ended(second)["state"] == "cancelled"
    assert world.ended(second)["seq"] == 1 + len(spec().codes)
    world.reached(third, 2)
    world.registry.cancel(first)
    gate.open()
    assert world.ended(third)["state"] == "finished"


@pytest.mark.parametrize("at", range(3))
def test_a_whole_chain_is_cancelled_from_any_of_its_jobs(world: World, at: int) -> None:
    chain = [world.submit()]
    for _ in range(2):
        chain.append(world.registry.submit(spec(), after=chain[-1])["id"])
    other = world.submit()
    world.registry.cancel_chain(chain[at])
    assert [world.ended(job_id)["state"] for job_id in chain] == ["cancelled"] * 3
    assert {item["started"] for item in world.get(chain[2])["items"]} == {None}
    world.reached(other, 2)  # this one still runs
    with pytest.raises(NoJob):
        world.registry.cancel_chain("999")


def test_waiting_jobs_are_interrupted_when_the_dashboard_stops(world: World) -> None:
    first = world.submit()
    second = world.registry.submit(spec(), after=first)["id"]
    world.registry.close()
    assert {world.get(job_id)["state"] for job_id in (first, second)} == {"interrupted"}


def test_so_many_jobs_run_and_so_many_wait(make: Callable[..., World], gate: FlagGate) -> None:
    world = make(max_running=2, max_waiting=3)
    with ThreadPoolExecutor(20) as pool:
        futures = [pool.submit(world.submit) for _ in range(20)]
        refused = [future for future in futures if future.exception()]
    assert all(isinstance(future.exception(), TooManyJobs) for future in refused)
    ids = sorted(future.result() for future in futures if future not in refused)
    assert len(ids) == 5
    wait_for(lambda: [world.get(i)["state"] for i in ids].count("running") == 2)
    assert [world.get(i)["state"] for i in ids].count("pending") == 3
    gate.open()
    for job_id in ids:
        assert world.ended(job_id)["state"] == "finished"
    assert world.submit()


def test_jobs_that_run_together_don_t_mix(world: World, gate: FlagGate) -> None:
    gate.open()
    wanted = [(a + "A", a + "B", a + "C") for a in "BCDE"]
    ids = [world.submit(*codes) for codes in wanted]
    for job_id, codes in zip(ids, wanted, strict=True):
        job = world.ended(job_id)
        assert [item["cc"] for item in job["items"]] == list(codes)
        assert job["counts"]["ok"] == 3
        events = world.registry.events(job_id)
        assert [event.seq for event in events] == list(range(1, job["seq"] + 1))


def test_a_server_that_is_not_there_is_an_error_per_flag(world: World) -> None:
    job = world.ended(world.submit(server="GONE"))
    assert job["state"] == "finished"
    assert job["counts"]["error"] == 3


def test_a_server_that_dies_and_comes_back(world: World, gone: str) -> None:
    port = urlsplit(gone).port or 0
    with HostileServer(answering(lambda _: answer()), port=port):
        assert world.ended(world.submit("BR", "CN", server="GONE"))["counts"]["ok"] == 2
    lost = world.submit("BR", "CN", server="GONE")
    assert {item["detail"] for item in world.ended(lost)["items"]} == {"refused"}
    with HostileServer(answering(lambda _: answer()), port=port):
        again = world.registry.retry(lost)
        assert again
        assert world.ended(again["id"])["counts"]["ok"] == 2


def test_a_bug_ends_the_job_as_failed_and_leaves_room_for_others(
    world: World, gate: FlagGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **options: Any) -> Iterator[Event]:
        # Fails only when its first event is requested, as the engine's generator would.
        yield from (1 / 0 for _ in "a")  # type: ignore[misc]

    with monkeypatch.context() as patch:
        patch.setattr(engine, "run", broken)
        job = world.ended(world.submit())
    assert job["state"] == "failed"
    assert "ZeroDivisionError" in job["detail"]
    assert job["counts"]["cancelled"] == 3
    assert_accounted_for(job)
    gate.open()
    assert world.ended(world.submit())["state"] == "finished"


def test_closing_interrupts_what_runs_and_what_waits(
    make: Callable[..., World], gate: FlagGate, tmp_path: Path
) -> None:
    world = make(max_running=1)
    ids = [world.submit(), world.submit(), world.submit()]
    gate.let(1)
    wait_for(lambda: world.get(ids[0])["counts"]["ok"] == 1)
    with ThreadPoolExecutor(2) as pool:
        # SIGTERM closes the registry twice, at the same time.
        for closing_down in [pool.submit(world.registry.close) for _ in range(2)]:
            closing_down.result()
    with pytest.raises(TooManyJobs):
        world.submit()
    world.close()
    world.close()
    again = make()
    again.registry.recover()
    for job_id in ids:
        job = again.get(job_id)
        assert job["state"] == "interrupted"
        assert_accounted_for(job)
        seqs = [event.seq for event in again.registry.events(job_id)]
        assert seqs == list(range(1, job["seq"] + 1))
        assert again.registry.retry(job_id)


def test_what_a_dead_process_left_is_ended_as_interrupted(
    make: Callable[..., World], gate: FlagGate, tmp_path: Path
) -> None:
    with closing(History(tmp_path / "history.sqlite3")) as history:
        pending = history.create(spec(), 1000).id
        running = history.create(spec(), 1000).id
        with closing(Servers({"GATE": gate.template})) as servers:
            gate.open()
            store = FlagStore(tmp_path / "downloads")
            story = list(engine.run(spec(), servers.resolve("GATE"), store, threading.Event()))
        for event in story[:5]:
            history.append(running, event)
    world = make()
    world.registry.recover()
    for job_id in (pending, running):
        job = world.get(job_id)
        assert job["state"] == "interrupted"
        assert_accounted_for(job)
    events = world.registry.events(running)
    assert events[:5] == story[:5]
    # A page may have seen more than was logged: a gap in the numbers tells it to reload the job.
    assert events[5].seq > len(story) + 1
    assert [event.seq - events[5].seq for event in events[5:]] == list(range(len(events) - 5))
    assert world.registry.retry(running)


def test_a_dead_job_with_a_log_that_nobody_understands_ends_too(
    make: Callable[..., World], tmp_path: Path
) -> None:
    path = tmp_path / "history.sqlite3"
    with closing(History(path)) as history:
        job_id = history.create(spec(), 1000).id
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO events VALUES (?, 1, ?)", (job_id, '{"type": "new"}'))
    world = make()
    world.registry.recover()
    [job] = world.registry.recent(10)
    assert (job["state"], job["counts"][DownloadStatus.CANCELLED]) == ("interrupted", job["total"])
    world.registry.delete(job_id)


@pytest.mark.parametrize("terminal", ["", "x"])
@pytest.mark.usefixtures("without_collector")
def test_a_start_ends_what_it_can_read_whatever_else_the_history_holds(
    make: Callable[..., World], tmp_path: Path, terminal: str
) -> None:
    path = tmp_path / "history.sqlite3"
    with closing(History(path)) as history:
        damaged = [history.create(spec(), 1000, terminal).id for _ in range(8)]
        whole = history.create(spec(), 1000, terminal).id
        for job_id in damaged[-2:]:
            history.append(job_id, JobStarted(1, 0.0, 3, "http://flags.example", 3))
    with closing(sqlite3.connect(path)) as connection, connection:
        for job_id, change in zip(
            damaged[:-2],
            ["created_at = 'x'", "spec = '[' || spec", "spec = printf('%.50000c', '[')",
             "spec = CAST(X'FF' AS TEXT)", "elapsed = X'00'", "terminal = '../x'"],
            strict=True,
        ):  # fmt: skip
            connection.execute(f"UPDATE jobs SET {change} WHERE id = ?", (job_id,))  # noqa: S608
        for job_id, event in zip(damaged[-2:], ["NaN", "[" * 50_000], strict=True):
            connection.execute("UPDATE events SET event = ? WHERE job_id = ?", (event, job_id))
    world = make()
    world.registry.recover()
    states = {job["id"]: job["state"] for job in world.registry.recent(10)}
    unreadable = dict.fromkeys(damaged[:-2], "unreadable")
    assert states == unreadable | dict.fromkeys([*damaged[-2:], whole], "interrupted")
    assert [world.get(job_id)["state"] for job_id in damaged] == ["unreadable"] * 8
    assert_accounted_for(world.get(whole))
    for job_id in damaged:
        with pytest.raises(BrokenLog):
            world.registry.retry(job_id)
        joined = world.registry.subscribe(job_id, Browser(), 0)
        assert (joined.first["type"], joined.subscription.over) == ("snapshot", True)
        world.registry.delete(job_id)


@pytest.mark.parametrize("since", [None, 0, 1, 4, 5, 6, 10**6])
def test_joining_an_ended_job(world: World, gate: FlagGate, since: int | None) -> None:
    gate.open()
    job_id = world.submit("BR", "CN")
    job = world.ended(job_id)
    joined = world.registry.subscribe(job_id, Browser(), since)
    assert joined.subscription.over
    if since is None or since > job["seq"]:
        assert joined.first == {"type": "snapshot", "job": job}
    else:
        seqs = [event["seq"] for event in joined.first["events"]]
        assert seqs == list(range(since + 1, job["seq"] + 1))


def test_a_join_never_makes_the_job_wait_for_the_disk(
    world: World, gate: FlagGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = world.submit("BR", "CN", "FR")
    world.reached(job_id, 4)
    reading, may_read = threading.Event(), threading.Event()
    events = world.history.events

    def slow(*args: Any) -> Any:
        reading.set()
        assert may_read.wait(WITHIN)
        return events(*args)

    monkeypatch.setattr(world.history, "events", slow)
    browser = Browser()
    with ThreadPoolExecutor(1) as pool:
        joining = pool.submit(world.registry.subscribe, job_id, browser, 2)
        assert reading.wait(WITHIN)
        gate.open()
        wait_for(lambda: job_id not in world.registry._scheduler.live())
        may_read.set()
        joined = joining.result()
    assert [event["seq"] for event in joined.first["events"]] == [3, 4]
    message = json.dumps({"greeting": joined.first, "since": 2}).encode()
    joined.subscription.start(message)
    assert browser.over.wait(WITHIN)
    assert not browser.complaints
    assert browser.seq == 11


def test_who_cannot_be_greeted_is_not_subscribed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = world.submit()
    with monkeypatch.context() as patch:
        patch.setattr(world.history, "events", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            world.registry.subscribe(job_id, Browser(), 0)
    assert not world.broadcaster._subscriptions


def test_watchers_that_come_and_go_at_any_moment_miss_and_repeat_nothing(
    world: World, origin: LastingOrigin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many join a fast job while it runs; half know some of its events; some leave and return."""
    monkeypatch.setattr(world.servers, "_origin", origin)
    assert world.servers.resolve("LOCAL").url("fr")  # the servers have started
    codes = expand_codes(Selection.EVERY)[:60]
    job_id = world.submit(*codes, server="LOCAL")

    def watch(number: int) -> Browser:
        random_ = random.Random(number)
        seq = world.get(job_id)["seq"]
        browser = follow(random_.randint(0, seq) if random_.random() < 0.5 else None)
        if random_.random() < 0.3:
            return follow(browser.seq)
        assert browser.over.wait(WITHIN)
        return browser

    def follow(since: int | None) -> Browser:
        browser = Browser()
        joined = world.registry.subscribe(job_id, browser, since)
        message = json.dumps({"greeting": joined.first, "since": since}).encode()
        joined.subscription.start(message)
        return browser

    with ThreadPoolExecutor(16) as pool:
        browsers = list(pool.map(watch, range(30)))
    final = world.ended(job_id)
    assert sum(final["counts"].values()) == 60
    for browser in browsers:
        assert browser.over.wait(WITHIN)
        assert not browser.complaints
        assert browser.seq == final["seq"]
        assert browser.state == final["state"] or not browser.heard
    wait_for(lambda: not world.broadcaster._subscriptions)


def test_a_job_is_taken_where_the_system_gives_no_more_threads(
    world: World, gate: FlagGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if thread.name == "flagdl-worker":
            raise RuntimeError("can't start new thread")
        start(thread)

    gate.open()
    monkeypatch.setattr(threading.Thread, "start", refuse)
    ids = [world.submit() for _ in range(3)]
    assert [world.ended(each)["state"] for each in ids] == ["finished"] * 3
