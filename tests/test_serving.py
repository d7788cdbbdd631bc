"""Starting and stopping: the one line, what stands in the way, and the server of Windows."""

import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.running import (
    ROOT,
    WITHIN,
    FlagGate,
    RunningDashboard,
    children,
    is_alive,
    wait_for,
)
from tests.test_live import Screen

Start = Callable[..., RunningDashboard]


def fails_to_start(tmp_path: Path, **settings: Any) -> str:
    """Run app.py, which must say in one line why it can't, and return that."""
    dashboard = RunningDashboard(tmp_path, **settings)
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


def test_it_says_one_line_and_ends_with_all_its_processes(start: Start) -> None:
    dashboard = start()
    dashboard.finished(dashboard.submit(codes=["FR"]))
    assert dashboard.process
    pids = [dashboard.process.pid, dashboard.worker, *children(dashboard.worker)]
    assert len(pids) == 3
    began = time.monotonic()
    assert dashboard.stop() == 0
    assert time.monotonic() - began < 5
    wait_for(lambda: not any(is_alive(pid) for pid in pids))
    assert len(dashboard.log) == 1
    assert re.fullmatch(r"flagdl is running at http://127\.0\.0\.1:\d+\n", dashboard.log[0])


def test_ctrl_c_in_a_terminal_reaches_every_process_at_once(start: Start, gate: FlagGate) -> None:
    dashboard = start(new_session=True)
    job_id = dashboard.submit(server="DELAY", select="every", max_req=50)
    wait_for(lambda: dashboard.job(job_id)["state"] == "running")
    with dashboard.watch(job_id) as ws:
        ws.recv(WITHIN)
        assert dashboard.process
        os.killpg(dashboard.process.pid, signal.SIGINT)
        assert dashboard.process.wait(WITHIN) == 0
    dashboard.stop()
    assert "Traceback" not in "".join(dashboard.log)
    dashboard.start()
    job = dashboard.job(job_id)
    assert job["state"] == "interrupted"
    assert job["counts"]["error"] == 0, "the flag servers were gone before the job"


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        message = fails_to_start(tmp_path, port=port)
    assert f"port {port}" in message
    assert "Address already in use" in message
    assert "FLAGDL_PORT" in message


def test_a_setting_that_cannot_be(tmp_path: Path) -> None:
    assert "FLAGDL_PORT must be" in fails_to_start(tmp_path, port="9" * 5000)


def test_a_servers_file_that_cannot_be(tmp_path: Path) -> None:
    assert "nope.toml" in fails_to_start(tmp_path, servers=tmp_path / "nope.toml")


def test_a_second_dashboard_on_the_same_history(tmp_path: Path) -> None:
    with RunningDashboard(tmp_path) as first:
        assert "in use by another flagdl" in fails_to_start(tmp_path)
        assert first.get("/healthz").ok


def test_on_windows_werkzeug_serves_the_same(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import app
        from flagdl.settings import Settings
        from flagdl.web.serving import listen, serve_with_werkzeug

        settings = Settings.from_environment()
        listener = listen(settings.host, settings.port)
        serve_with_werkzeug(lambda: app.create_app(settings), app.close_app, listener)
        """
    )
    with RunningDashboard(tmp_path, program=program) as dashboard:
        assert "Werkzeug" in dashboard.log[0]
        assert dashboard.get("/").ok
        job_id = dashboard.submit(codes=["b"])
        screen = Screen()
        with dashboard.watch(job_id) as ws:
            assert screen.until_closed(ws) == 1000
        screen.assert_shows(dashboard.finished(job_id))
        with dashboard.watch("999999") as ws:
            assert Screen().until_closed(ws) == 4404
        assert dashboard.get("/healthz").ok
        assert dashboard.stop(signal.SIGINT) == 0
    assert "Traceback" not in "".join(dashboard.log)
