"""What files beside the history tell other processes: which runs live, and which must end."""

import subprocess
import sys
from pathlib import Path

import pytest

from flagdl.history.locks import Terminal, sweep
from flagdl.history.owner import Owner
from flagdl.history.writer import HistoryError
from tests.support.running import ROOT, WITHIN

HOLD = """
import sys
from pathlib import Path
from flagdl.history.locks import Terminal
with Terminal(Path(sys.argv[1]), "there").held():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def history(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "history.sqlite3"


def files(history: Path) -> list[str]:
    return sorted(path.name for path in history.parent.iterdir())


def test_a_run_is_alive_while_it_holds_its_lock(history: Path) -> None:
    run = Terminal.new(history)
    seen = Terminal(history, run.name)
    with run.held():
        assert not seen.remove_if_dead()
        assert not run.is_asked_to_cancel()
        seen.ask_to_cancel()
        assert run.is_asked_to_cancel()
        assert Terminal.new(history).remove_if_dead()
    assert files(history) == []
    assert seen.remove_if_dead()


def test_a_run_that_was_killed_is_dead_and_leaves_nothing(history: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(history)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        seen = Terminal(history, "there")
        seen.ask_to_cancel()
        assert not seen.remove_if_dead()
        process.kill()
        process.wait(WITHIN)
    assert seen.remove_if_dead()
    assert files(history) == []


def test_asking_a_run_that_has_ended_leaves_nothing(history: Path) -> None:
    run = Terminal.new(history)
    with run.held():
        pass
    run.ask_to_cancel()
    assert files(history) == []


def test_who_cannot_be_asked_counts_as_alive(history: Path) -> None:
    """Too few descriptors, or another user's file: a run must not be ended because of that."""
    (history.parent / f"{history.name}.terminal-x.lock").mkdir(parents=True)
    assert not Terminal(history, "x").remove_if_dead()


def test_what_dead_runs_left_is_swept_and_nothing_else(history: Path) -> None:
    alive = Terminal.new(history)
    with alive.held():
        others = {f"{history.name}.lock", "other.terminal-1.lock", history.name}
        for name in (*others, f"{history.name}.terminal-dead.lock"):
            (history.parent / name).touch()
        sweep(history)
        assert set(files(history)) == others | {f"{history.name}.terminal-{alive.name}.lock"}
        assert not alive.remove_if_dead()


def test_a_link_to_the_history_leads_to_the_same_run(history: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(history)
    run = Terminal.new(history)
    with run.held():
        assert not Terminal(tmp_path / "link", run.name).remove_if_dead()


def test_where_no_file_can_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    run = Terminal.new(tmp_path / "file" / "history.sqlite3")
    with pytest.raises(HistoryError, match="can't be used"), run.held():
        pass
    with pytest.raises(HistoryError, match="can't be made"):
        run.ask_to_cancel()


def test_links_that_lead_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    history = tmp_path / "loop" / "history.sqlite3"
    with pytest.raises(HistoryError, match=f"{history} can't be used: "):
        Owner(history)
    with (
        pytest.raises(HistoryError, match=f"{history}.* can't be used: "),
        Terminal.new(history).held(),
    ):
        pass
