"""Starting: what stands in the way, and the server of Windows."""

import errno
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import app
from flagdl.download.store import FlagStore
from flagdl.history.history import History
from flagdl.settings import Settings
from tests.support.running import ROOT, WITHIN, RunningDashboard, wait_for

Refusal = Callable[..., str]


def fails_to_start(directory: Path) -> str:
    """Run app.py, which must say in one line why it can't, and return that."""
    dashboard = RunningDashboard(directory, port=0)
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=dashboard.environment,
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("*** ")
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


@pytest.fixture
def refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Refusal:
    """Does the same with settings, and without a process: nothing is there to be ended."""

    def refuse(**settings: Any) -> str:
        for name, value in {"history": tmp_path / "history.sqlite3", **settings}.items():
            monkeypatch.setenv(f"FLAGDL_{name.upper()}", str(value))
        assert app.main() == 1
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.startswith("*** ")
        assert said.err.count("\n") == 1, said.err
        return said.err

    return refuse


def test_a_port_in_use(refusal: Refusal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        message = refusal(port=port)
    assert f"port {port}" in message
    assert "Address already in use. Stop what uses it" in message
    assert "FLAGDL_PORT" in message


def test_an_address_of_nobody_here(refusal: Refusal) -> None:
    message = refusal(host="203.0.113.9", port=0)  # kept for documentation
    assert "203.0.113.9, port 0: Cannot assign requested address. Choose an address" in message


def test_a_setting_that_cannot_be(refusal: Refusal) -> None:
    assert "FLAGDL_PORT must be" in refusal(port="9" * 5000)


def test_a_servers_file_that_cannot_be(refusal: Refusal, tmp_path: Path) -> None:
    path = tmp_path / "nope.toml"
    assert refusal(servers=path) == f"*** {path} (FLAGDL_SERVERS): No such file or directory\n"


def test_it_takes_no_arguments_and_says_what_it_takes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        app.main(["8001"])
    assert refused.value.code == 2
    assert "unrecognized arguments: 8001" in capsys.readouterr().err
    with pytest.raises(SystemExit) as helped:
        app.main(["--help"])
    assert helped.value.code == 0
    said = capsys.readouterr().out
    readme = (ROOT / "README.md").read_text("utf-8")
    rows = re.findall(r"^\| `(FLAGDL_\w+)` \| (?:`(.*?)`)? ?\|", readme, re.MULTILINE)
    assert len(rows) > 10
    assert [f"{name}={default}" for name, default in sorted(rows)] == sorted(
        line.strip() for line in said.splitlines() if "FLAGDL_" in line
    )


def test_a_second_dashboard_on_the_same_history(shared: RunningDashboard) -> None:
    assert "in use by another flagdl" in fails_to_start(shared.directory)
    assert shared.get("/healthz").ok


def test_what_could_not_be_created_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(_: FlagStore) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    before = set(threading.enumerate())
    monkeypatch.setattr(FlagStore, "sweep", forbidden)
    with pytest.raises(PermissionError):
        app.create_app(Settings(history=tmp_path / "history.sqlite3", downloads=tmp_path))
    wait_for(lambda: set(threading.enumerate()) <= before)
    History(tmp_path / "history.sqlite3").close()
