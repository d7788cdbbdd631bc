"""Runs of terminals, seen through the registry: what they write is what browsers get."""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from flagdl.history.history import History
from flagdl.history.locks import Terminal
from flagdl.history.writer import HistoryError
from flagdl.jobs.registry import JobRunning
from flagdl.jobs.terminal_runs import Follower
from flagdl.model.events import (
    DownloadStatus,
    Event,
    FlagDone,
    FlagStarted,
    JobFinished,
    JobStarted,
    JobState,
    all_counts,
)
from tests.support.running import WITHIN, FlagGate, wait_for
from tests.support.stories import result
from tests.support.worlds import Browser, World, assert_accounted_for, spec


class Run:
    """A terminal's run, event by event: BR and CN are saved; FR has no event before the end."""

    def __init__(self, path: Path) -> None:
        self._exits = ExitStack()
        self.terminal = Terminal.new(path)
        self._exits.enter_context(self.terminal.held())
        self._history = self._exits.enter_context(closing(History(path, owned=False)))
        self.id = self._history.create(spec("BR", "CN", "FR"), 1000, self.terminal.name).id

    def tell(self, *events: Event) -> None:
        for event in events:
            self._history.append(self.id, event)
        self._history.flush()

    def begin(self) -> None:
        self.tell(
            JobStarted(1, 0.0, 3, "http://flags.example", 2),
            FlagStarted(2, 0.1, "BR", 0),
            FlagDone(3, 0.2, result("BR")),
            FlagStarted(4, 0.3, "CN", 0),
        )

    def go_on(self) -> None:
        self.tell(FlagDone(5, 0.4, result("CN")))

    def finish(self) -> None:
        counts = all_counts({DownloadStatus.OK: 2, DownloadStatus.NOT_FOUND: 1})
        self.tell(
            FlagDone(6, 0.5, result("FR", DownloadStatus.NOT_FOUND)),
            JobFinished(7, 0.6, JobState.FINISHED, counts, 0.6),
        )

    def die(self) -> None:
        self._exits.close()


@pytest.fixture
def make(tmp_path: Path, gate: FlagGate) -> Iterator[Callable[..., World]]:
    with ExitStack() as worlds:

        def make(**limits: int) -> World:
            world = worlds.enter_context(
                closing(World(tmp_path, {"GATE": gate.template}, **limits))
            )
            world.registry.recover()
            return world

        yield make


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    run = Run(tmp_path / "history.sqlite3")
    yield run
    run.die()


def joined(world: World, job_id: str, since: int | None = None) -> Browser:
    browser = Browser()
    place = world.registry.subscribe(job_id, browser, since)
    message = json.dumps({"greeting": place.first, "since": since}).encode()
    assert not place.subscription.over, "the run has ended"
    place.subscription.start(message)
    return browser


def test_a_run_is_seen_as_it_goes_on(make: Callable[..., World], run: Run) -> None:
    world = make()
    browser = joined(world, run.id)
    assert (browser.seq, browser.state) == (0, "pending")
    run.begin()
    wait_for(lambda: browser.seq == 4)
    returned = joined(world, run.id, since=2)
    job = world.get(run.id)
    assert (job["source"], job["state"], job["seq"], job["counts"]["ok"]) == (
        "terminal", "running", 4, 1,
    )  # fmt: skip
    assert [item["status"] for item in job["items"]] == ["ok", "running", "pending"]
    [listed] = world.registry.recent(10)
    assert (listed["source"], listed["seq"], listed["counts"]) == ("terminal", 4, job["counts"])
    assert world.registry.newest_live() == run.id
    run.go_on()
    wait_for(lambda: browser.seq == 5)
    run.finish()
    for each in (browser, returned):
        assert each.over.wait(WITHIN)
        assert (each.seq, each.state, each.complaints) == (7, "finished", [])
    wait_for(lambda: world.registry.newest_live() is None)
    assert world.get(run.id)["counts"] == {"ok": 2, "not_found": 1, "error": 0, "cancelled": 0}
    assert world.history.savers() == {"BR": run.id, "CN": run.id}
    wait_for(lambda: not world.broadcaster._subscriptions)


@pytest.mark.parametrize("end", [Run.finish, Run.die])
def test_a_job_waits_for_a_run(
    make: Callable[..., World], run: Run, gate: FlagGate, end: Callable[[Run], None]
) -> None:
    world = make()
    gate.open()
    run.begin()
    waiting = world.registry.submit(spec(), after=run.id)["id"]
    run.go_on()
    world.reached(run.id, 5)
    assert world.get(waiting)["state"] == "pending"
    end(run)
    assert world.ended(waiting)["state"] == "finished"


@pytest.fixture
def unfollowed(tmp_path: Path) -> Iterator[World]:
    """A world that doesn't look for runs by itself."""
    with closing(World(tmp_path, {})) as world:
        yield world


def test_a_run_can_be_watched_before_it_was_found(unfollowed: World, run: Run) -> None:
    run.begin()
    assert joined(unfollowed, run.id).seq == 4


def test_a_run_that_died_is_interrupted(
    make: Callable[..., World], run: Run, gate: FlagGate, tmp_path: Path
) -> None:
    world = make()
    run.begin()
    browser = joined(world, run.id)
    run.die()
    assert browser.over.wait(WITHIN)
    assert (browser.state, browser.complaints) == ("interrupted", [])
    wait_for(lambda: world.registry.newest_live() is None)
    job = world.get(run.id)
    assert job["state"] == "interrupted"
    assert (job["counts"]["ok"], job["counts"]["cancelled"]) == (1, 2)
    assert_accounted_for(job)
    seqs = [event.seq for event in world.registry.events(run.id)]
    assert seqs == list(range(1, job["seq"] + 1))
    gate.open()
    retried = world.registry.retry(run.id)
    assert (retried["source"], retried["spec"]["codes"]) == ("dashboard", ["CN", "FR"])
    assert world.ended(retried["id"])["counts"]["ok"] == 2
    world.registry.delete(run.id)
    assert not list(tmp_path.glob("*.terminal-*"))


def test_who_starts_interrupts_the_dead_only(make: Callable[..., World], tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    alive, dead, ended = (Run(path) for _ in range(3))
    for run in (alive, dead, ended):
        run.begin()
        if run is not dead:
            run.go_on()
    ended.finish()
    ended.die()
    dead.die()
    unrecorded = tmp_path / f"{path.name}.terminal-1.lock"
    unrecorded.touch()
    try:
        world = make()
        states = {job["id"]: job["state"] for job in world.registry.recent(10)}
        assert states == {alive.id: "running", dead.id: "interrupted", ended.id: "finished"}
        assert not unrecorded.exists()
        alive.finish()
        wait_for(lambda: world.get(alive.id)["state"] == "finished")
    finally:
        alive.die()


def test_a_run_is_cancelled_by_itself_and_takes_no_place(
    make: Callable[..., World], run: Run, gate: FlagGate
) -> None:
    world = make(max_running=1, max_waiting=0)
    mine = world.submit("US")
    world.reached(mine, 2)
    run.begin()
    with pytest.raises(JobRunning):
        world.registry.delete(run.id)
    with pytest.raises(JobRunning):
        world.registry.retry(run.id)
    wait_for(lambda: world.get(run.id)["seq"] == 4)
    assert world.registry.newest_live() == mine
    gate.open()
    assert world.ended(mine)["state"] == "finished"
    asked = world.registry.cancel(run.id)
    assert asked
    assert asked["state"] == "running"
    assert run.terminal.is_asked_to_cancel()
    run.go_on()
    run.finish()
    wait_for(lambda: world.get(run.id)["state"] == "finished")


def test_closing_leaves_the_runs_alone(
    make: Callable[..., World], run: Run, tmp_path: Path
) -> None:
    before = set(threading.enumerate())
    world = make()
    run.begin()
    joined(world, run.id)
    world.close()
    world.close()
    wait_for(lambda: set(threading.enumerate()) <= before)
    assert not run.terminal.is_asked_to_cancel()
    assert len(list(tmp_path.glob("*.terminal-*"))) == 1
    again = make()
    assert again.get(run.id)["seq"] == 4
    run.go_on()
    run.finish()
    wait_for(lambda: again.get(run.id)["seq"] == 7)


def test_a_log_that_nobody_understands_stops_nobody_else(
    make: Callable[..., World], run: Run, tmp_path: Path
) -> None:
    foreign = Run(tmp_path / "history.sqlite3")
    with closing(sqlite3.connect(tmp_path / "history.sqlite3")) as connection, connection:
        connection.execute("INSERT INTO events VALUES (?, 1, ?)", (foreign.id, '{"type": "new"}'))
    world = make()
    browser = joined(world, run.id)
    run.begin()
    wait_for(lambda: browser.seq == 4)
    job = world.get(foreign.id)
    assert (job["state"], job["counts"]["cancelled"]) == ("unreadable", 3)
    assert f"the log of job {foreign.id} can't be read" in job["detail"]
    run.go_on()
    wait_for(lambda: browser.seq == 5)
    assert [job["state"] for job in world.registry.recent(2)] == ["interrupted", "running"]
    # It can be deleted although its process lives.
    world.registry.delete(foreign.id)
    foreign.die()


def test_a_history_that_could_not_be_read_is_read_later(
    unfollowed: World, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = threading.Event()

    def unreadable(*args: Any, **options: Any) -> Any:
        asked.set()
        raise HistoryError("sabotaged")

    follower = Follower(unfollowed.history, unfollowed.broadcaster, print, retry_interval=0.01)
    with closing(follower):
        follower.start()
        job = follower.get(run.id)
        assert job
        with monkeypatch.context() as patch:
            patch.setattr(unfollowed.history, "events", unreadable)
            run.begin()
            assert asked.wait(WITHIN)
        # The run writes nothing more: the follower must retry by itself.
        wait_for(lambda: job.summary()["seq"] == 4)
