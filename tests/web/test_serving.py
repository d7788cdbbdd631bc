"""Start and end: what prevents a start, signals, and output that can't be written."""

import errno
import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

import app
from flagdl.download.store import FlagStore
from flagdl.history.history import History
from flagdl.settings import Settings
from tests.support.hostile import HostileServer, answer, in_turn
from tests.support.ports import reserved_port
from tests.support.running import BARE, ROOT, WITHIN, FlagGate, RunningDashboard, wait_for
from tests.support.screens import raw_watch

Refusal = Callable[..., str]


def python(*arguments: str, environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run Python to its end."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
    )


def fails_to_start(directory: Path) -> str:
    """Run app.py, which must say in one line why it can't start, and return that line."""
    done = python("app.py", environment=RunningDashboard(directory).environment)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("*** ")
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


@pytest.fixture
def refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Refusal:
    """Does the same for given settings, but in this process, so there is no process to end."""

    def refuse(**settings: Any) -> str:
        free = {"history": tmp_path / "history.sqlite3", "port": 0}
        for name, value in {**free, **settings}.items():
            monkeypatch.setenv(f"FLAGDL_{name.upper()}", str(value))
        monkeypatch.setattr(app, "handle", lambda *_: None)  # signals belong to pytest here
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
    message = refusal(host="203.0.113.9", port=0)  # reserved for documentation
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


AT_EACH_IMPORT = """
import os, signal, sys

class Finder:
    def find_spec(self, name, *_):
        if name == os.environ["FLAGDL_TEST_IMPORT"]:
            os.kill(os.getpid(), signal.SIGINT)

import runpy
sys.meta_path.insert(0, Finder())
runpy.run_path("app.py", run_name="__main__")
"""


@pytest.mark.parametrize("name", ["flask", "flagdl.web.pages.index"])
def test_ctrl_c_while_it_starts_prints_no_traceback(tmp_path: Path, name: str) -> None:
    dashboard = RunningDashboard(tmp_path, test_import=name)
    done = python("-c", AT_EACH_IMPORT, environment=dashboard.environment)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


def test_signals_while_it_comes_up_and_ends_change_nothing_and_what_never_ends_is_ended(
    tmp_path: Path,
) -> None:
    program = textwrap.dedent(
        """
        import os, signal, sys, threading
        import app

        app.Servers.warm_up = lambda _: None

        def signal_around(function):
            def signalled(*args):
                os.kill(os.getpid(), signal.SIGINT)
                try:
                    return function(*args)
                finally:
                    os.kill(os.getpid(), signal.SIGTERM)
            return signalled

        app.create_app = signal_around(app.create_app)
        close_app = signal_around(app.close_app)
        app.close_app = lambda built: (close_app(built), threading.Event().wait())
        app.STOP_WITHIN = 0.5
        sys.exit(app.main())
        """
    )
    with RunningDashboard(tmp_path, program=program) as dashboard:
        assert dashboard.process
        assert dashboard.process.wait(WITHIN) == 1
    assert dashboard.log == [f"flagdl is running at {dashboard.url}\n"]


def test_it_serves_and_ends_in_order_whatever_becomes_of_its_output_and_whatever_is_open(
    tmp_path: Path, servers: Path, gate: FlagGate
) -> None:
    """Signals are ignored, as under nohup and as in background jobs of a shell."""
    dashboard = RunningDashboard(tmp_path, servers=servers)
    with (
        reserved_port() as port,
        subprocess.Popen(
            ["sh", "-c", 'trap "" HUP INT; exec "$0" app.py >/dev/full <&- 2>&-', sys.executable],
            cwd=ROOT,
            env={**dashboard.environment, "FLAGDL_PORT": str(port)},
            start_new_session=True,
        ) as process,
    ):
        dashboard.url = f"http://127.0.0.1:{port}"
        try:
            wait_for(partial(answers, dashboard))
            for number in (signal.SIGHUP, signal.SIGINT):
                os.killpg(process.pid, number)
            # If a signal were not ignored, its handler would run before the next request.
            with half_open(dashboard, dashboard.submit(codes=["a", "b"], server="GATE")):
                process.terminate()
                # A dashboard that does not end by itself ends with status 1.
                assert process.wait(WITHIN) == 0
        finally:
            process.kill()


@contextmanager
def half_open(dashboard: RunningDashboard, job_id: str) -> Iterator[None]:
    """Begin requests, and watch a job without answering the close frame."""
    at = urlsplit(dashboard.url)
    head = f"POST /api/jobs HTTP/1.1\r\nHost: {at.netloc}\r\nContent-Length: 9\r\n\r\n"
    with ExitStack() as open_sockets:
        for sent in ("", head[:20], head, f"{head}{{"):
            client = socket.create_connection((str(at.hostname), at.port), WITHIN)
            open_sockets.enter_context(client).sendall(sent.encode())
        open_sockets.enter_context(raw_watch(dashboard, job_id))
        yield


def answers(dashboard: RunningDashboard) -> bool:
    with suppress(requests.ConnectionError):
        return dashboard.get("/healthz").ok
    return False


def test_a_flag_has_its_time_and_a_stopped_process_goes_on_where_it_was(
    start: Callable[..., RunningDashboard], gate: FlagGate, tmp_path: Path
) -> None:
    """Each flag has eight seconds: too few to retry on a server that asks to wait for longer.

    The process is stopped for longer, and then gets its answers. With fewer seconds, flags could
    fail on a busy machine before that.
    """
    servers = tmp_path / "servers.toml"
    with HostileServer(in_turn(answer(b"", "503 Busy", "Retry-After: 9"))) as busy:
        urls = {"GATE": gate.template, "BUSY": busy.server.template}
        lines = [f"{label} = {url!r}" for label, url in urls.items()]
        servers.write_text("\n".join(["[servers]", *lines]))
        dashboard = start(program=BARE, timeout=8, servers=servers)
        job = dashboard.finished(dashboard.submit(codes=["BR"], server="BUSY", attempts=2))
    assert [(item["status"], item["attempts"]) for item in job["items"]] == [("error", 1)]
    assert dashboard.process
    job_id = dashboard.submit(codes=["b"], server="GATE")
    wait_for(lambda: "running" in {item["status"] for item in dashboard.job(job_id)["items"]})
    dashboard.process.send_signal(signal.SIGSTOP)
    threading.Event().wait(8.5)
    gate.open()
    dashboard.process.send_signal(signal.SIGCONT)
    assert dashboard.finished(job_id)["counts"] == {
        "ok": 26, "not_found": 0, "error": 0, "cancelled": 0,
    }  # fmt: skip
