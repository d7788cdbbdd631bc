"""A history has one dashboard, by any name of its file, and whatever happens to the file."""

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from flagdl.history.changes import Changes
from flagdl.history.history import History
from flagdl.history.owner import Owner
from flagdl.history.writer import HistoryError
from flagdl.model.events import FlagDone, FlagStarted, JobFinished, JobStarted, JobState
from flagdl.system.threads import NoThread
from tests.support.running import ROOT, WITHIN, wait_for
from tests.support.stories import result, spec

KEEP = 1000
OWN = """
import sys
from pathlib import Path
from flagdl.history.history import History
from flagdl.history.writer import HistoryError
sys.stdin.readline()
try:
    history = History(Path(sys.argv[1]))
except HistoryError as exc:
    print(exc, flush=True)
else:
    print("owned", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def start() -> Iterator[Callable[[Path], "subprocess.Popen[str]"]]:
    """Start a process that owns a history once it gets a line."""
    with ExitStack() as started:

        def start(path: Path) -> "subprocess.Popen[str]":
            command, pipe = [sys.executable, "-c", OWN, str(path)], subprocess.PIPE
            process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
            started.enter_context(process)
            started.callback(process.kill)
            return process

        yield start


def told(process: "subprocess.Popen[str]") -> str:
    assert process.stdin
    assert process.stdout
    process.stdin.write("\n")
    process.stdin.flush()
    return process.stdout.readline()


def other_names(path: Path, directory: Path) -> list[Path]:
    """Give a file a second name of each kind."""
    (directory / "symlink").symlink_to(path)
    (directory / "linked").symlink_to(path.parent)
    return [path, directory / "symlink", directory / "linked" / path.name,
            path.parent / ".." / path.parent.name / path.name,
            Path(os.path.relpath(path))]  # fmt: skip


def test_a_file_has_one_owner_by_all_its_names(
    history: History, path: Path, tmp_path: Path
) -> None:
    names = other_names(path, tmp_path)
    hard = tmp_path / "hard"
    hard.hardlink_to(path)
    # The lock is on the file itself: files beside it don't count.
    for beside in path.parent.glob("*.lock"):
        beside.unlink()
    for name in (*names, hard):
        with pytest.raises(HistoryError, match="in use by another flagdl"):
            Owner(name)
    history.close()
    for name in names:
        owner = Owner(name)
        owner.release()
        owner.release()


def test_a_file_with_two_names_would_be_destroyed_and_is_refused(
    path: Path, tmp_path: Path
) -> None:
    History(path).close()
    (tmp_path / "hard").hardlink_to(path)
    for owned in (True, False):
        with pytest.raises(HistoryError, match="has another name"):
            History(path, owned=owned)
    (tmp_path / "hard").unlink()
    History(path).close()


def test_a_directory_is_called_one(path: Path) -> None:
    path.mkdir(parents=True)
    for owned in (True, False):
        with pytest.raises(HistoryError, match="Is a directory"):
            History(path, owned=owned)


def test_of_two_at_the_same_moment_one_comes_up(
    start: Callable[[Path], "subprocess.Popen[str]"], path: Path
) -> None:
    path.parent.mkdir()
    processes = [start(path) for _ in range(2)]
    for process in processes:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    answers = sorted(process.stdout.readline() for process in processes if process.stdout)
    assert answers[0].startswith(f"{path} is in use by another flagdl")
    assert answers[1] == "owned\n"


def test_a_history_without_a_thread_to_write_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    path = tmp_path / "history.sqlite3"
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(NoThread, match="ulimit -u"):
            History(path)
    History(path).close()


def test_a_history_is_free_once_its_owner_was_killed(
    start: Callable[[Path], "subprocess.Popen[str]"], path: Path
) -> None:
    process = start(path)
    assert told(process) == "owned\n"
    with pytest.raises(HistoryError):
        Owner(path)
    process.kill()
    process.wait(WITHIN)
    History(path).close()


def test_terminals_that_come_and_go_take_nothing_from_the_owner(
    history: History, path: Path
) -> None:
    """Locks like SQLite's would be lost when any descriptor of the file is closed."""
    for _ in range(3):
        with closing(History(path, owned=False)) as beside:
            beside.create(spec(), KEEP, terminal="x")
        path.read_bytes()
    with pytest.raises(HistoryError):
        Owner(path)


def delete(path: Path) -> None:
    path.unlink()


def delete_all(path: Path) -> None:
    for file in path.parent.iterdir():
        file.unlink()


def delete_directory(path: Path) -> None:
    shutil.rmtree(path.parent)


def move_directory(path: Path) -> None:
    path.parent.rename(path.parent.with_name("moved"))


def delete_log(path: Path) -> None:
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink()


def replace_by_other(path: Path) -> None:
    other = path.with_name("other")
    with closing(sqlite3.connect(other)) as connection, connection:
        connection.execute("CREATE TABLE theirs (x)")
    other.replace(path)


def replace_by_nothing(path: Path) -> None:
    path.unlink()
    path.touch()


def truncate(path: Path) -> None:
    os.truncate(path, 0)


def overwrite(path: Path) -> None:
    path.write_bytes(b"something else " * 1000)


@pytest.mark.parametrize(
    "harm",
    [delete, delete_all, delete_directory, move_directory, delete_log, replace_by_other,
     replace_by_nothing],
)  # fmt: skip
def test_what_happens_to_the_file_loses_nothing(
    path: Path, caplog: pytest.LogCaptureFixture, harm: Callable[[Path], None]
) -> None:
    with (
        closing(History(path, retry_interval=0.01)) as history,
        closing(History(path, owned=False, retry_interval=0.01)) as terminal,
        closing(Changes(path)) as has_changed,
    ):
        ids = [history.create(spec(), KEEP).id for _ in range(3)]
        theirs = terminal.create(spec(), KEEP, terminal="x").id
        has_changed()
        harm(path)
        assert has_changed() or harm is delete_log
        history.append(ids[0], FlagStarted(1, 0.1, "FR", 0))

        def jobs() -> list[str]:
            try:
                return [job.id for job in history.jobs(10)]
            except HistoryError:  # the first call that notices may raise it
                return []

        wait_for(lambda: jobs() == [theirs, *ids[::-1]])
        assert (
            "was deleted, replaced or damaged while flagdl ran: it is written again" in caplog.text
        )
        assert len(history.events(ids[0])) == 1
        terminal.append(theirs, FlagStarted(1, 0.1, "FR", 0))
        terminal.flush()
        assert has_changed()
        assert len(history.events(theirs)) == 1
        with pytest.raises(HistoryError):
            Owner(path)
        caplog.clear()
        newest = history.create(spec(), KEEP).id
        assert int(newest) > int(theirs)
        assert not caplog.records
    with closing(History(path)) as reopened:
        assert [job.id for job in reopened.jobs(10)] == [newest, theirs, *ids[::-1]]
    kept = min(path.parent.glob("*.broken-*"), default=None)
    assert bool(kept) == (harm is replace_by_other)
    assert history.rescue == (True, kept)


@pytest.mark.parametrize("harm", [truncate, overwrite])
def test_where_nothing_is_left_a_new_history_begins_and_numbers_go_on(
    path: Path, caplog: pytest.LogCaptureFixture, harm: Callable[[Path], None]
) -> None:
    with closing(History(path, retry_interval=0.01)) as history:
        running, lost = (history.create(spec(), KEEP).id for _ in range(2))
        history.append(lost, JobFinished(1, 0.1, JobState.FAILED, {}, 0.1))
        history.append(running, JobStarted(1, 0.0, 5, "http://flags.example", 3))
        history.append(running, FlagDone(2, 0.1, result("BR")))
        history.flush()
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        harm(path)

        def create() -> str:
            try:
                history.jobs(10)
                return history.create(spec(), KEEP).id
            except HistoryError:  # the first call that notices may raise it
                return ""

        newest = wait_for(create)
        assert int(newest) > int(lost) > int(running)
        assert [job.id for job in history.jobs(10)] == [newest, running]
        history.append(running, FlagStarted(3, 0.2, "FR", 0))
        assert [event.seq for event in history.events(running)] == [1, 2, 3]
        assert history.savers() == {"BR": running}
        with pytest.raises(HistoryError):
            Owner(path)
        kept = min(path.parent.glob("*.broken-*"), default=None)
        assert history.rescue == (False, kept)
    assert "while flagdl ran: a new history begins" in caplog.text
    assert kept is None or kept.read_bytes().startswith(b"something else")
