"""A terminal's record: it is right however the run ends, and never delays the run."""

import errno
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from flagdl.history import database
from flagdl.history.history import History
from flagdl.history.locks import Terminal
from flagdl.model.events import Event, FlagDone, JobFinished, JobStarted, JobState, all_counts
from flagdl.model.job import Job
from flagdl.model.ledger import Ledger
from flagdl.origin.process import OriginError
from flagdl.settings import Settings
from flagdl.terminal.recorder import Recorder
from tests.support.hostile import FOREVER
from tests.support.running import WITHIN, wait_for
from tests.support.stories import CODES, result, spec


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "history.sqlite3"


def a_recorder(
    path: Path, cancel: threading.Event | None = None, written_within: float = FOREVER
) -> Recorder:
    return Recorder(spec(), Settings(history=path), cancel or threading.Event(), written_within)


def story() -> Iterator[Event]:
    yield JobStarted(1, 0.0, len(CODES), "http://flags.example", 3)
    for seq, cc in enumerate(CODES, 2):
        yield FlagDone(seq, seq / 10, result(cc))


def whole_story() -> list[Event]:
    events = list(story())
    counts = all_counts({result("BR").status: len(CODES)})
    return [*events, JobFinished(len(events) + 1, 1.0, JobState.FINISHED, counts, 1.0)]


def recorded(path: Path) -> tuple[Job, list[Event]]:
    """Return the only job in the history, and check that its row, log and files agree."""
    with closing(History(path)) as history:
        [row] = history.jobs(10)
        events = history.events(row.id)
    job = Job(row)
    for event in events:
        job.apply(event)
    assert row.state == job.state
    assert row.source == "terminal"
    assert sum(job.counts.values()) == len(CODES)
    assert not list(path.parent.glob("*.terminal-*"))
    return job, events


def test_a_run_is_recorded_as_it_happens(path: Path) -> None:
    with a_recorder(path) as record:
        passed_on = list(record.recorded(whole_story()))
    assert record.problem == ""
    job, events = recorded(path)
    assert events == passed_on == whole_story()
    assert job.state is JobState.FINISHED


def test_others_see_it_while_it_runs(path: Path) -> None:
    cancel = threading.Event()
    with a_recorder(path, cancel) as record:
        wait_for(path.exists)
        with closing(History(path)) as history:
            [row] = wait_for(history.unended)
            for _ in record.recorded(story()):
                pass
            assert len(wait_for(lambda: history.events(row.id))) == len(CODES) + 1
            terminal = Terminal(path, row.terminal)
            assert not terminal.remove_if_dead()
            assert not cancel.is_set()
            terminal.ask_to_cancel()
            assert cancel.wait(WITHIN)
        counts = all_counts({result("BR").status: len(CODES)})
        end = JobFinished(len(CODES) + 2, 1.0, JobState.CANCELLED, counts, 1.0)
        assert list(record.recorded([end])) == [end]
        assert record._written_within == FOREVER  # nobody waits at the terminal, as after Ctrl-C
    assert recorded(path)[0].state is JobState.CANCELLED


def begin_and_raise(error: Exception, path: Path) -> None:
    cancel = threading.Event()
    with a_recorder(path, cancel) as record:
        next(record.recorded(story()))
        cancel.set()  # as the engine does at its end
        raise error


@pytest.mark.parametrize(
    ("error", "state", "detail"),
    [
        (OSError(errno.EPIPE, "Broken pipe"), JobState.CANCELLED, ""),
        (OSError(errno.EIO, "Input/output error"), JobState.CANCELLED, ""),
        (OSError(28, "No space"), JobState.FAILED, "[Errno 28] No space"),
        (ZeroDivisionError("a bug"), JobState.FAILED, "ZeroDivisionError('a bug')"),
    ],
)
def test_a_run_that_ends_in_an_error(
    error: Exception, state: JobState, detail: str, path: Path
) -> None:
    with pytest.raises(type(error)):
        begin_and_raise(error, path)
    job, events = recorded(path)
    assert (job.state, job.detail) == (state, detail)
    assert [event.seq for event in events] == list(range(1, len(CODES) + 3))


@pytest.mark.parametrize(
    ("asked", "state", "detail"),
    [(False, JobState.FAILED, "they did not start"), (True, JobState.CANCELLED, "")],
)
def test_a_run_whose_servers_do_not_start(
    asked: bool, state: JobState, detail: str, path: Path
) -> None:
    cancel = threading.Event()
    if asked:
        cancel.set()
    with pytest.raises(OriginError), a_recorder(path, cancel):
        raise OriginError("they did not start")
    job, _ = recorded(path)
    assert (job.state, job.detail) == (state, detail)


def test_a_history_that_was_locked_for_a_while_misses_nothing(path: Path) -> None:
    with a_recorder(path) as record:
        wait_for(path.exists)
        with closing(History(path)) as history:
            wait_for(history.unended)
        with closing(sqlite3.connect(path, isolation_level=None)) as intruder:
            intruder.execute("BEGIN IMMEDIATE")
            list(record.recorded(whole_story()))
            intruder.execute("ROLLBACK")
    assert record.problem == ""
    assert recorded(path)[1] == whole_story()


@pytest.fixture
def locked(path: Path) -> Iterator[sqlite3.Connection]:
    History(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as intruder:
        intruder.execute("BEGIN IMMEDIATE")
        yield intruder


@pytest.mark.usefixtures("locked")
def test_a_cancelled_run_gives_up_before_the_lock_does(path: Path) -> None:
    with a_recorder(path) as record:
        list(record.recorded(Ledger(CODES, lambda: 0.0).close(JobState.CANCELLED)))
    assert record.problem == "it takes too long to write"
    assert record._thread
    record._thread.join(WITHIN)


@pytest.mark.usefixtures("locked")
def test_a_history_that_stays_locked_is_given_up(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT", 0.1)
    with a_recorder(path) as record:
        assert list(record.recorded(whole_story())) == whole_story()
    assert "database is locked" in record.problem
    assert not list(path.parent.glob("*.terminal-*"))


def test_a_history_that_links_lead_to_in_a_circle_is_named(path: Path) -> None:
    path.parent.mkdir()
    path.symlink_to(path)
    with a_recorder(path) as record:
        assert list(record.recorded(whole_story())) == whole_story()
    assert record.problem == f"{path} can't be used: unable to open database file"


def test_a_bug_before_recording_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Terminal, "new", lambda _: 1 / 0)
    with a_recorder(path) as record:
        assert list(record.recorded(whole_story())) == whole_story()
    assert record.problem == "ZeroDivisionError('division by zero')"


def test_a_bug_in_recording_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(History, "append", lambda *_: 1 / 0)
    with a_recorder(path) as record:
        assert list(record.recorded(whole_story())) == whole_story()
    assert record.problem == "ZeroDivisionError('division by zero')"


def test_a_run_does_not_wait_for_its_record_for_ever(
    path: Path, locked: sqlite3.Connection
) -> None:
    with a_recorder(path, written_within=0) as record:
        assert list(record.recorded(whole_story())) == whole_story()
    assert record.problem == "it takes too long to write"
    locked.execute("ROLLBACK")
    assert record._thread
    record._thread.join(WITHIN)


def test_a_history_that_stays_locked_from_the_middle_is_given_up(path: Path) -> None:
    History(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as intruder:
        with a_recorder(path, written_within=0.1) as record:
            with closing(History(path)) as history:
                wait_for(history.unended)
            intruder.execute("BEGIN IMMEDIATE")
            assert list(record.recorded(whole_story())) == whole_story()
        assert record.problem == "it takes too long to write"
        intruder.execute("ROLLBACK")
    assert record._thread
    record._thread.join(WITHIN)


def test_a_system_without_a_thread_to_spare(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with a_recorder(path) as recorder:
        assert list(recorder.recorded(story()))
    assert recorder.problem.startswith("the system has no thread or process left: ")
