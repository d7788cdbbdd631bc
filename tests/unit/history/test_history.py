"""The log in SQLite: what was appended comes back, whatever happens around it."""

import errno
import os
import resource
import sqlite3
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from flagdl.history import database, schema, writer
from flagdl.history.changes import Changes
from flagdl.history.history import NEWEST, BrokenLog, History
from flagdl.history.owner import Owner
from flagdl.history.writer import HistoryError, Writer, execute
from flagdl.model.events import (
    DownloadStatus,
    Event,
    FlagDone,
    FlagStarted,
    JobFinished,
    JobStarted,
    JobState,
)
from flagdl.model.job import NO_SPEC
from flagdl.model.log import Log
from tests.support.hostile import FOREVER
from tests.support.running import wait_for
from tests.support.stories import result, row, spec, stories

KEEP = 1000
# The schema of the first databases.
OLD_SCHEMA = """
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    created_at TEXT NOT NULL,
    spec TEXT NOT NULL,
    state TEXT NOT NULL,
    counts TEXT NOT NULL DEFAULT '{}',
    elapsed REAL NOT NULL DEFAULT 0,
    seq INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE events (
    job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (job_id, seq)
) WITHOUT ROWID;
INSERT INTO jobs (created_at, spec, state)
VALUES ('2026-11-22T12:00:00.000Z', '{"codes": ["BR"], "server": "LOCAL", "strategy":
"as_completed", "max_req": 1, "attempts": 1}', 'finished');
"""
NO_JOB = ["", "0", "999", "01", "-1", "+1", "1_0", " 1", "1\n", "١", "1.0", "x", "9" * 400]


def started(seq: int = 1) -> JobStarted:
    return JobStarted(seq, 0.0, 5, "http://flags.example", 3)


def finished(seq: int, state: JobState = JobState.FINISHED) -> JobFinished:
    return JobFinished(seq, 1.5, state, {DownloadStatus.OK: 5}, 1.5)


def ended_job(history: History, keep: int = KEEP) -> str:
    job_id = history.create(spec(), keep).id
    history.append(job_id, started())
    history.append(job_id, finished(2))
    return job_id


@given(events=stories())
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_appended_is_replayed(history: History, events: list[Event]) -> None:
    job_id = history.create(spec(), KEEP).id
    for event in events:
        history.append(job_id, event)
    assert history.events(job_id) == events
    assert history.events(job_id, since=3) == events[3:]
    assert history.events(job_id, since=len(events)) == []


def test_no_name_is_another_thing_than_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with closing(History(Path(":memory:"))) as history:
        created = history.create(spec(), KEEP)
        assert history.jobs(10) == [created]
    assert (tmp_path / ":memory:").is_file()


@pytest.mark.parametrize(
    ("version", "lacks"),
    [
        (2, ("retry_of", "after", "imported")),
        (3, ("after", "imported")),
        (4, ("imported",)),
    ],
)
def test_an_older_file_keeps_what_it_says(
    tmp_path: Path, version: int, lacks: tuple[str, ...]
) -> None:
    path = tmp_path / "history.sqlite3"
    with closing(History(path)) as history:
        job_id = ended_job(history)
        ended = history.job(job_id)
        assert ended
        assert (ended.returned, sum(ended.counts.values())) == (0, 5)
    with closing(sqlite3.connect(path)) as connection, connection:
        for added in lacks:
            connection.execute(f"ALTER TABLE jobs DROP COLUMN {added}")
        connection.execute(f"PRAGMA user_version = {version}")
    with closing(History(path)) as history:
        assert history.job(job_id) == ended
        assert history.create(spec(), KEEP, retry_of=job_id).retry_of == job_id
        assert history.retries(job_id) == [str(int(job_id) + 1)]


def test_a_jobs_row_follows_its_events(history: History) -> None:
    created = history.create(spec("FR", "BR"), KEEP)
    assert history.job(created.id) == created
    assert created.created_at.endswith("Z")
    assert created.state is JobState.PENDING
    history.append(created.id, started())
    running = history.job(created.id)
    assert running
    assert running.state is JobState.RUNNING
    history.append(created.id, finished(2))
    ended = history.job(created.id)
    assert ended
    assert ended.spec == spec("FR", "BR")
    assert (ended.state, ended.elapsed, ended.seq) == (JobState.FINISHED, 1.5, 2)
    assert ended.counts == {DownloadStatus.OK: 5}


@pytest.mark.parametrize(
    "change",
    [
        "state = 'paused'",
        "spec = json_set(spec, '$.colour', 'red')",
        "spec = json_set(spec, '$.codes', 'BR')",
        "spec = json_set(spec, '$.codes[0]', 'BR', '$.codes[1]', 'BR')",
        "spec = json_set(spec, '$.server', 'LAB')",
        "spec = json_set(spec, '$.max_req', 0)",
        "spec = '[]'",
        "spec = 'x'",
        "spec = CAST(X'FF' AS TEXT)",
        "spec = X'7B7D'",
        "spec = replace(spec, '3', 'NaN')",
        "spec = replace(spec, '3', printf('%.10000c', '9'))",
        "spec = printf('%.50000c', '[')",
        "counts = '[]'",
        """counts = '{"lost": 1}'""",
        """counts = '{"ok": -1}'""",
        "created_at = 'yesterday'",
        "created_at = '2026-11-22'",
        "created_at = '0001-01-01T00:00:00.000Z'",
        "created_at = 5",
        "elapsed = 'x'",
        "elapsed = 9e999",
        "seq = 'x'",
        "returned = X'00'",
        "terminal = '../../x'",
    ],
)
def test_a_job_that_nobody_understands_says_so_and_can_be_deleted(
    history: History, change: str
) -> None:
    """A newer flagdl may write such a row, or a broken disk may leave it."""
    ids = [history.create(spec(), KEEP).id for _ in range(3)]
    with closing(sqlite3.connect(history.path)) as connection, connection:
        connection.execute(f"UPDATE jobs SET {change} WHERE id = ?", (ids[1],))  # noqa: S608
    newest, wrong, oldest = history.jobs(10)
    assert [newest.id, oldest.id] == [ids[2], ids[0]]
    assert wrong == history.job(ids[1])
    assert (wrong.id, wrong.state, wrong.spec) == (ids[1], JobState.UNREADABLE, NO_SPEC)
    assert "can't be read: " in wrong.problem
    assert {job.id for job in history.unended()} == {ids[2], ids[0]}
    history.delete(ids[1])
    assert history.job(ids[1]) is None


@pytest.mark.parametrize(
    "event",
    ["'{}'", "'x'", "'[]'", "5", "X'7B7D'", "CAST(X'22FF22' AS TEXT)", "json_remove(event, '$.t')",
     "json_set(event, '$.seq', 1)", "printf('%.50000c', '[')", "replace(event, '0.1', 'NaN')"],
)  # fmt: skip
def test_a_log_that_nobody_understands_is_named(history: History, event: str) -> None:
    broken, whole = (history.create(spec(), KEEP).id for _ in range(2))
    for job_id in (broken, whole):
        history.append(job_id, started(1))
        history.append(job_id, FlagStarted(2, 0.1, "FR", 0))
    history.flush()
    with closing(sqlite3.connect(history.path)) as connection, connection:
        sql = f"UPDATE events SET event = {event} WHERE job_id = ? AND seq = 2"  # noqa: S608
        connection.execute(sql, (broken,))
    with pytest.raises(BrokenLog, match=f"the log of job {broken} can't be read: "):
        history.events(broken)
    assert len(history.events(whole)) == 2


def test_jobs_come_newest_first_and_page_by_page(history: History) -> None:
    ids = [history.create(spec(), KEEP).id for _ in range(12)]
    newest_first = ids[::-1]
    assert [job.id for job in history.jobs(100)] == newest_first
    pages, before = [], NEWEST
    while page := history.jobs(5, before):
        pages += page
        before = int(page[-1].id)
    assert [job.id for job in pages] == newest_first


@pytest.mark.parametrize("job_id", NO_JOB)
def test_what_names_no_job_finds_none(history: History, job_id: str) -> None:
    for _ in range(11):
        history.create(spec(), KEEP)
    assert history.job(job_id) is None


def test_delete_takes_the_events_along(history: History, path: Path) -> None:
    kept, gone = ended_job(history), ended_job(history)
    history.delete(gone)
    assert history.job(gone) is None
    assert history.events(gone) == []
    assert len(history.events(kept)) == 2
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT DISTINCT job_id FROM events").fetchall() == [(int(kept),)]


def test_a_number_is_never_given_twice(history: History, path: Path) -> None:
    last = ended_job(history)
    history.delete(last)
    assert int(history.create(spec(), KEEP).id) > int(last)
    newest = ended_job(history)
    history.delete(newest)
    history.close()
    with closing(History(path)) as reopened:
        assert int(reopened.create(spec(), KEEP).id) > int(newest)


def test_pruning_keeps_the_newest_and_whatever_has_not_ended(history: History) -> None:
    pending = history.create(spec(), KEEP).id
    running = history.create(spec(), KEEP).id
    history.append(running, started())
    ended = [ended_job(history) for _ in range(6)]
    newest = history.create(spec(), keep=3).id
    assert [job.id for job in history.jobs(100)] == [newest, *ended[:-3:-1], running, pending]
    assert history.events(ended[0]) == []


def test_unended_jobs_are_those_without_an_end(history: History) -> None:
    pending = history.create(spec(), KEEP).id
    ended_job(history)
    running = history.create(spec(), KEEP).id
    history.append(running, started())
    assert [job.id for job in history.unended()] == [pending, running]


def test_a_newer_file_is_left_as_it_is(path: Path) -> None:
    History(path).close()
    with closing(sqlite3.connect(path)) as newer:
        newer.execute("PRAGMA user_version = 99")
        with pytest.raises(HistoryError, match="written by a newer flagdl") as said:
            History(path)
        assert str(path) in str(said.value)
        assert newer.execute("PRAGMA user_version").fetchone() == (99,)


def test_an_older_file_gets_what_is_new(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as old:
        old.executescript(OLD_SCHEMA)
    for _ in range(2):
        with closing(History(path)) as history:
            [*_, first] = history.jobs(10)
            assert (first.source, first.spec.codes) == ("dashboard", ("BR",))
            created = history.create(spec(), KEEP, terminal="x")
            assert history.job(created.id) == created
            assert created.source == "terminal"
            history.append(created.id, FlagDone(1, 0.0, result("BR")))
            assert history.savers() == {"BR": created.id}
        with closing(sqlite3.connect(path)) as newer:
            newer.execute("PRAGMA user_version = 0")


def test_a_flag_is_of_the_job_that_saved_it_last(history: History) -> None:
    older, newer, gone = (history.create(spec(), KEEP).id for _ in range(3))
    for job_id, *codes in ((newer, "BR", "CN"), (older, "FR", "CN"), (gone, "US", "FR")):
        for seq, cc in enumerate(codes, 1):
            history.append(job_id, FlagDone(seq, 0.0, result(cc)))
    for seq, status in enumerate(DownloadStatus, 3):
        if status is not DownloadStatus.OK:
            history.append(older, FlagDone(seq, 0.0, result("BR", status)))
    assert history.savers() == {"BR": newer, "CN": older, "FR": gone, "US": gone}
    history.append(gone, finished(9))
    history.delete(gone)
    assert history.savers() == {"BR": newer, "CN": older}


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The SQL that any connection executes from here on."""
    statements: list[str] = []

    class Connection(sqlite3.Connection):
        def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
            statements.append(sql)
            return super().execute(sql, *args)

    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Connection))
    return statements


def test_what_waits_is_written_in_few_statements(path: Path, statements: list[str]) -> None:
    with closing(History(path)) as history:
        job_id = history.create(spec(), KEEP).id
        with closing(sqlite3.connect(path, isolation_level=None)) as hold:
            hold.execute("BEGIN IMMEDIATE")
            for seq in range(1, 501):
                history.append(job_id, FlagDone(seq, 0.0, result(f"C{seq}")))
            hold.execute("ROLLBACK")
        assert len(history.events(job_id)) == len(history.savers()) == 500
    inserts = [sql for sql in statements if "INSERT INTO events" in sql or "INTO saved" in sql]
    assert len(inserts) < 50


def test_memory_that_is_short_for_a_moment_loses_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(History(path, retry_interval=0.01)) as history:
        job_id = history.create(spec(), KEEP).id
        shortages = iter([MemoryError()])

        def short(connection: sqlite3.Connection, statements: Sequence[Any]) -> list[int | None]:
            for shortage in shortages:
                raise shortage
            return execute(connection, statements)

        monkeypatch.setattr(writer, "execute", short)
        history.append(job_id, FlagStarted(1, 0.0, "FR", 0))
        with suppress(HistoryError):  # said only to who waits for the disk just then
            history.flush()
        assert len(history.events(job_id)) == 1


def test_what_comes_up_is_written_together_as_soon_as_somebody_waits(
    path: Path, statements: list[str]
) -> None:
    with closing(History(path, gather=FOREVER)) as history:
        job_id = history.create(spec(), KEEP).id
        for first in (1, 4):
            history.flush()
            before = statements.count("COMMIT")
            for seq in range(first, first + 3):
                history.append(job_id, FlagStarted(seq, 0.0, "FR", 0))
                if seq == first:  # the next events find the thread at work
                    wait_for(history._writer._queue.empty)
            history.flush()
            assert statements.count("COMMIT") == before + 1
        history.append(job_id, finished(7))
    with closing(History(path)) as reopened:
        assert len(reopened.events(job_id)) == 7


def test_an_end_and_the_state_it_makes_are_written_together(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If a process died between two writes, the log would have an end and the job would not."""
    job_id = history.create(spec(), KEEP).id
    put: list[int] = []
    monkeypatch.setattr(Writer, "put", lambda _, *statements: put.append(len(statements)))
    history.append(job_id, finished(1))
    assert put == [2]


def test_close_writes_everything_and_can_be_repeated(history: History, path: Path) -> None:
    job_id = history.create(spec(), KEEP).id
    for seq in range(1, 2001):
        history.append(job_id, FlagStarted(seq, 0.0, "FR", 0))
    history.close()
    history.close()
    with closing(History(path)) as reopened:
        assert [event.seq for event in reopened.events(job_id)] == list(range(1, 2001))


def test_a_closed_history_says_so_and_keeps_nobody_waiting(path: Path) -> None:
    history = History(path, retry_interval=0.01)
    history.close()
    with pytest.raises(HistoryError, match="closed"):
        history.create(spec(), KEEP)


def test_readers_see_a_prefix_of_the_log_while_it_is_written(history: History) -> None:
    job_id = history.create(spec(), KEEP).id
    written = threading.Event()

    def read() -> int:
        reads = 0
        while not written.is_set() or not reads:
            seqs = [event.seq for event in history.events(job_id)]
            assert seqs == list(range(1, len(seqs) + 1))
            reads += 1
        return reads

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(4)]
        for seq in range(1, 1001):
            history.append(job_id, FlagStarted(seq, 0.0, "FR", 0))
        assert len(history.events(job_id)) == 1000, "a reader sees what was appended before"
        written.set()
        assert all(reader.result() for reader in readers)


def test_a_write_that_cannot_be_takes_no_other_with_it(history: History, path: Path) -> None:
    job_id = history.create(spec(), KEEP).id
    with closing(sqlite3.connect(path, isolation_level=None)) as hold:
        # While another connection writes, all these events wait and share one transaction.
        hold.execute("BEGIN IMMEDIATE")
        history.append(job_id, started(1))
        history.append(job_id, started(2))
        history.append("999", started(1))  # this job doesn't exist
        history.append(job_id, started(2))  # this event exists already
        history.append(job_id, finished(3))
        hold.execute("ROLLBACK")
    assert [event.seq for event in history.events(job_id)] == [1, 2, 3]
    assert history.create(spec(), KEEP)


def test_what_cannot_be_written_now_is_tried_again_unasked(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT", 0)
    with (
        closing(History(path, retry_interval=0.01)) as history,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):
        job_id = history.create(spec(), KEEP).id
        other.execute("BEGIN IMMEDIATE")
        history.append(job_id, started())
        wait_for(lambda: "can't be written" in caplog.text)
        other.execute("ROLLBACK")
        # Read with `other`: reading through the history would write everything first.
        wait_for(lambda: other.execute("SELECT seq FROM events").fetchall() == [(1,)])


def test_one_process_owns_a_history(history: History, path: Path) -> None:
    with pytest.raises(HistoryError, match="in use by another flagdl"):
        Owner(path)
    history.close()
    History(path).close()


def test_others_write_beside_the_owner(history: History, path: Path) -> None:
    """Many terminals write at once: each has its own job, and none waits long."""
    mine = history.create(spec(), KEEP).id

    def write(_: int) -> str:
        with closing(History(path, owned=False)) as beside:
            job_id = beside.create(spec(), KEEP, terminal="x").id
            for seq in range(1, 101):
                beside.append(job_id, FlagStarted(seq, 0.0, "FR", 0))
            return job_id

    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(write, range(8)))
    assert len({mine, *ids}) == 9
    for job_id in ids:
        assert [event.seq for event in history.events(job_id)] == list(range(1, 101))
    assert {job.id: job.source for job in history.unended()} == {
        mine: "dashboard",
        **dict.fromkeys(ids, "terminal"),
    }


def test_who_asks_for_changes_hears_of_others_writing(history: History, path: Path) -> None:
    with closing(Changes(path)) as has_changed:
        assert has_changed()
        assert not has_changed()
        ended_job(history)
        history.flush()
        assert has_changed()
        assert not has_changed()
    with closing(Changes(path.parent)) as has_changed:
        assert has_changed(), "whoever reads is to see why it can't be read"


def test_only_its_owner_sets_a_broken_file_aside(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(HistoryError, match="not a database"):
        History(path, owned=False)
    assert path.read_bytes() == b"not a database" * 100


def test_a_new_history_that_cannot_begin_either(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database at all " * 100)

    def full(_: Path) -> Path:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(schema, "set_aside", full)
    with pytest.raises(HistoryError, match=r"not a database; .*No space left"):
        History(path)


def test_a_disk_without_room_for_the_index_of_the_log_is_full(path: Path) -> None:
    History(path).close()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(HistoryError, match="can't be used: database or disk is full"):
            History(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    History(path).close()


@pytest.mark.parametrize("damage_from", [0, 4096])
def test_a_file_that_is_no_database_or_damaged_is_set_aside(path: Path, damage_from: int) -> None:
    with closing(History(path)) as history:
        for _ in range(50):
            ended_job(history)
    whole = path.read_bytes()
    damaged = whole[:damage_from] + b"x" * (len(whole) - damage_from)
    path.write_bytes(damaged)
    link = path.parent.parent / "link"
    link.symlink_to(path)
    with closing(History(link)) as history:
        assert history.jobs(10) == []
        ended_job(history)
        [aside] = path.parent.glob("*.broken-*")
        assert aside.read_bytes() == damaged
        assert history.rescue == (False, aside)
        aside.unlink()
        assert not rescued(history)
    with closing(History(path)) as history:
        assert not rescued(history)
    assert not [*path.parent.glob("*.broken-*")]


def rescued(history: History) -> bool:
    return history.rescue is not None


def test_a_row_that_was_never_told_anything_is_pending() -> None:
    assert (row().state, row().seq, row().elapsed) == (JobState.PENDING, 0, 0)


def test_an_import_that_fails_leaves_nothing_behind(
    history: History, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT", 0)
    job_id = history.create(spec(), KEEP).id
    end = finished(2)
    log = Log(row().created_at, spec(), [started(), end], end)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(HistoryError, match="locked"):
            history.import_log(log, KEEP)
    # Later statements are written, but those of the import are not.
    history.flush()
    assert [job.id for job in history.jobs(9)] == [job_id]
    assert history.events(job_id) == []
    imported = history.import_log(log, KEEP)
    assert history.events(imported) == log.events
