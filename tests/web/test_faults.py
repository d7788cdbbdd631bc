"""Limits, locks and floods that an operator may meet, tested through a real server."""

import json
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any

import pytest
import requests
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode
from websockets.sync.client import ClientConnection

from flagdl.history import database
from tests.support.forms import FormReader, post
from tests.support.here import DashboardHere
from tests.support.problems import problem
from tests.support.running import ROOT, WITHIN, FlagGate, RunningDashboard, wait_for
from tests.support.screens import shown

Start = Callable[..., RunningDashboard]
StartHere = Callable[..., DashboardHere]


def test_a_locked_history_says_so_and_catches_up(
    start_here: StartHere, gate: FlagGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT", 0.1)
    gated = start_here()
    job_id = gated.submit(codes=["BR", "CN", "FR"], server="GATE")
    wait_for(lambda: gated.get(f"/api/jobs/{job_id}/events").json()["events"])
    with closing(sqlite3.connect(gated.history, isolation_level=None)) as intruder:
        intruder.execute("BEGIN IMMEDIATE")
        saved = [gated.downloads / f"{cc}.gif" for cc in ("br", "cn", "fr")]
        for path in saved:
            path.unlink(missing_ok=True)
        gate.open()
        # The download goes on, and watchers see it.
        wait_for(lambda: all(path.exists() for path in saved))
        refused = gated.post("/api/jobs", {"limit": 1})
        assert refused.status_code == 503
        assert "locked" in refused.json()["detail"]
        assert refused.headers["Retry-After"]
        with gated.watch(job_id, since=1) as ws:
            with pytest.raises(ConnectionClosed):
                _recv_after_heartbeats(ws)
            assert ws.close_code == CloseCode.INTERNAL_ERROR
        intruder.execute("ROLLBACK")
    job = wait_for(lambda: _if_ended(gated, job_id))
    assert job["counts"]["ok"] == 3
    events = gated.get(f"/api/jobs/{job_id}/events").json()["events"]
    assert [event["seq"] for event in events] == list(range(1, job["seq"] + 1))


def _recv_after_heartbeats(ws: ClientConnection) -> Any:
    while (message := json.loads(ws.recv(WITHIN)))["type"] == "heartbeat":
        pass
    return message


def _if_ended(dashboard: RunningDashboard, job_id: str) -> dict[str, Any] | None:
    response = dashboard.get(f"/api/jobs/{job_id}")
    return response.json() if response.ok and response.json()["state"] == "finished" else None


def test_a_history_that_was_broken_or_is_replaced_is_said_so(
    start_here: StartHere, tmp_path: Path
) -> None:
    path = tmp_path / "instance" / "history.sqlite3"
    path.parent.mkdir()
    path.write_bytes(b"not a database at all, but somebody's bytes " * 100)
    dashboard = start_here()
    job_id = dashboard.submit(limit=1)
    assert dashboard.finished(job_id)["state"] == "finished"
    aside = [each for each in path.parent.iterdir() if ".broken-" in each.name]
    assert len(aside) == 1
    assert aside[0].read_bytes().startswith(b"not a database")
    assert any("a new history begins" in line for line in dashboard.log)
    page = dashboard.get("/jobs")
    assert f"kept as {aside[0]}, until you delete it" in page.text
    aside[0].unlink()
    after = dashboard.get("/jobs", headers={"If-None-Match": page.headers["ETag"]})
    assert after.status_code == 200
    assert "until you delete it" not in after.text
    with closing(sqlite3.connect(tmp_path / "other")) as other, other:
        other.execute("CREATE TABLE theirs (x)")
    (tmp_path / "other").replace(path)
    replaced = wait_for(lambda: _if_told(dashboard, "written again with all jobs"))
    assert f'id="job-{job_id}"' in replaced


def _if_told(dashboard: RunningDashboard, sentence: str) -> str:
    text = dashboard.get("/jobs").text
    return text if sentence in text else ""


FEW_DESCRIPTORS = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
import app
sys.exit(app.main())
"""


def test_watchers_leave_threads_to_pages_where_the_system_gives_few(
    start_here: StartHere, gate: FlagGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, started = threading.Thread.start, list[threading.Thread]()

    def refuse(thread: threading.Thread) -> None:
        if thread.name == "flagdl-worker":
            if len(started) == 6:
                raise RuntimeError("can't start new thread")
            started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    dashboard = start_here()
    job_id = dashboard.submit(server="GATE", codes=["FR"], max_req=1)
    with ExitStack() as watching:
        tabs = [watching.enter_context(dashboard.watch(job_id)) for _ in range(3)]
        for tab in tabs:
            tab.recv(WITHIN)
        # One of these takes the last thread. Then each new one makes the server close others.
        tabs += [watching.enter_context(dashboard.watch(job_id)) for _ in range(3)]
        assert dashboard.get("/healthz").ok
        gate.open()
        ends = [_code_of_close(tab) for tab in tabs]
    assert ends.count(CloseCode.TRY_AGAIN_LATER) == 4
    assert ends.count(CloseCode.NORMAL_CLOSURE) == 2


def _code_of_close(tab: ClientConnection) -> int | None:
    with suppress(ConnectionClosed):
        while tab.recv(WITHIN):
            pass
    return tab.close_code


def test_too_few_descriptors_are_errors_and_the_dashboard_lives(start: Start) -> None:
    dashboard = start(program=FEW_DESCRIPTORS)
    assert dashboard.finished(dashboard.submit(codes=["FR"]))["counts"]["ok"] == 1
    before = dashboard.descriptors()
    job_id = dashboard.submit(select="every", limit=200, server="DELAY", max_req=1000)
    job = wait_for(lambda: _if_answered(dashboard, job_id))
    assert sum(job["counts"].values()) == 200
    assert job["counts"]["error"] > 50
    wait_for(lambda: dashboard.descriptors() <= before + 2)
    assert dashboard.finished(dashboard.submit(codes=["FR"]))["counts"]["ok"] == 1


def _if_answered(dashboard: RunningDashboard, job_id: str) -> dict[str, Any] | None:
    """A server without a free descriptor may drop a request. It must answer a later one."""
    with suppress(requests.ConnectionError):
        return _if_ended(dashboard, job_id)
    return None


def test_a_thousand_workers_at_once(shared: RunningDashboard) -> None:
    # Some threads stay for the next request and the next job: start them before counting.
    shared.finished(shared.submit(codes=["b"], server="DELAY", max_req=26))
    before = shared.threads(), shared.descriptors()
    job_id = shared.submit(select="every", server="DELAY", max_req=1000)
    shown(shared, job_id)
    job = shared.job(job_id)
    assert (job["counts"]["ok"], job["counts"]["not_found"]) == (252, 424)
    wait_for(lambda: shared.threads() <= before[0] + 9 and shared.descriptors() <= before[1] + 3)


def test_cancel_ends_hundreds_of_downloads_that_a_server_holds(
    gated: RunningDashboard, gate: FlagGate
) -> None:
    saved = {path: path.stat().st_mtime_ns for path in gated.downloads.glob("*")}
    job_id = gated.submit(select="every", limit=200, server="GATE", max_req=1000)
    # The list of jobs is short. Reading all codes again and again would keep the dashboard busy.
    wait_for(lambda: gated.get("/api/jobs?limit=1").json()["jobs"][0]["seq"] > 100)
    gated.post(f"/api/jobs/{job_id}/cancel")
    job = gated.finished(job_id)
    assert job["state"] == "cancelled"
    assert job["counts"]["cancelled"] == 200
    assert {path: path.stat().st_mtime_ns for path in gated.downloads.glob("*")} == saved


def test_ctrl_c_does_not_wait_for_connections_that_never_come(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.socket() as waits:
        waits.connect(full.getsockname())  # full: others are neither accepted nor refused
        servers = tmp_path / "servers.toml"
        port = full.getsockname()[1]
        servers.write_text(f'[servers]\nFULL = "http://127.0.0.1:{port}/{{cc}}/{{cc}}.gif"\n')
        with subprocess.Popen(
            [sys.executable, "-u", "-m", "flagdl", "-s", "FULL", "-e", "-m", "100"],
            cwd=ROOT,
            env={
                "FLAGDL_SERVERS": str(servers),
                "FLAGDL_DOWNLOADS": str(tmp_path / "d"),
                "FLAGDL_HISTORY": str(tmp_path / "h"),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stderr
            assert process.stderr.read(1)  # the bar is there, so the downloads have begun
            process.send_signal(signal.SIGINT)
            stdout, _ = process.communicate(timeout=WITHIN)
    assert process.returncode == 130
    assert "676 cancelled." in stdout


def test_many_jobs_at_once_fill_the_queue_and_no_more(
    start_here: StartHere, gate: FlagGate
) -> None:
    dashboard = start_here()
    answers = [dashboard.post("/api/jobs", {"server": "GATE", "limit": 1}) for _ in range(26)]
    statuses = [each.status_code for each in answers]
    assert statuses == [201] * 24 + [503] * 2  # four run, twenty wait
    assert "try again" in problem(answers[-1], 503)
    assert int(answers[-1].headers["Retry-After"]) > 0
    # A browser without scripts gets the form back as it was.
    fields = [("codes", "FR"), ("server", "GATE")]
    page = post(dashboard, fields)
    assert page.status_code == 503
    assert "as many jobs wait as may wait" in page.text.lower()
    assert {*fields} <= {*FormReader(page.text).fields}
    gate.open()
    for each in answers[:24]:
        assert dashboard.finished(each.json()["id"])["counts"]["ok"] == 1
    # A job frees its place a moment after the API shows its end.
    wait_for(lambda: dashboard.post("/api/jobs", {"limit": 1}).status_code == 201)
