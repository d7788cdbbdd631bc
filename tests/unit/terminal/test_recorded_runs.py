"""A run in a terminal and a dashboard beside it: one of the two has its own process."""

import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from websockets.frames import CloseCode

from tests.support.here import DashboardHere
from tests.support.running import WITHIN, FlagGate, RunningDashboard, wait_for
from tests.support.screens import Screen, shown
from tests.support.terminals import Cli

Run = Callable[..., subprocess.CompletedProcess[str]]
RUN = ("-s", "GATE", "BR", "CN", "FR")


@pytest.fixture
def cli(shared: RunningDashboard, gate: FlagGate) -> Cli:
    """The command beside the shared dashboard."""
    cli = Cli(shared.directory)
    cli.knows(gate=gate.template)
    return cli


def found(dashboard: RunningDashboard) -> str:
    """Wait for a job that the dashboard has not started, and return its id."""

    def running() -> list[str]:
        jobs = dashboard.get("/api/jobs").json()["jobs"]
        in_terminals = [job for job in jobs if job["source"] == "terminal"]
        return [str(job["id"]) for job in in_terminals if job["state"] in ("pending", "running")]

    [job_id] = wait_for(running)
    return job_id


def test_a_run_is_seen_live(shared: RunningDashboard, gate: FlagGate, cli: Cli) -> None:
    screen = Screen()
    with cli.started(*RUN) as process:
        job_id = found(shared)
        with shared.watch(job_id) as ws:
            gate.let(1)
            screen.until_counted(ws, 1)
            assert screen.state == "running"
            assert f'"/jobs/{job_id}"' in shared.get("/").text
            assert shared.delete(f"/api/jobs/{job_id}").status_code == 409
            assert shared.post(f"/api/jobs/{job_id}/retry").status_code == 409
            gate.open()
            assert screen.until_closed(ws) == CloseCode.NORMAL_CLOSURE
        stdout, _ = process.communicate(timeout=WITHIN)
    assert process.returncode == 0
    job = shared.finished(job_id)
    screen.assert_shows(job)
    assert (job["state"], job["source"]) == ("finished", "terminal")
    assert job["report"] + "\n" == stdout
    wait_for(lambda: not list(shared.history.parent.glob("*.terminal-*")))
    assert shared.delete(f"/api/jobs/{job_id}").status_code == 204


def test_a_run_is_cancelled_in_the_dashboard(
    shared: RunningDashboard, gate: FlagGate, called: Run
) -> None:
    def cancel() -> str:
        try:
            job_id = found(shared)
            assert shared.post(f"/api/jobs/{job_id}/cancel").status_code == 202
            assert shown(shared, job_id).state == "cancelled"
        finally:
            gate.open()
        return job_id

    with ThreadPoolExecutor(1) as pool:
        cancelling = pool.submit(cancel)
        done = called(*RUN)
        job_id = cancelling.result(WITHIN)
    assert "\n3 cancelled.\n" in done.stdout
    assert done.returncode == 1
    assert done.stderr.endswith("*** This run was cancelled in the dashboard.\n")
    assert shared.finished(job_id)["counts"]["cancelled"] == 3


def test_a_dashboard_that_comes_back_knows_its_jobs_and_finds_a_run_again(
    start_here: Callable[..., DashboardHere], gate: FlagGate, tmp_path: Path
) -> None:
    dashboard = start_here()
    its_own = dashboard.submit(codes=["b"])
    before = dashboard.finished(its_own)
    log = dashboard.get(f"/api/jobs/{its_own}/events").json()
    cli = Cli(tmp_path)
    cli.knows(gate=gate.template)
    with cli.started(*RUN) as process:
        job_id = found(dashboard)
        with dashboard.watch(job_id) as ws:
            screen = Screen()
            assert dashboard.stop() == 0
            assert screen.until_closed(ws) == CloseCode.GOING_AWAY
        gate.let(1)
        dashboard.start()
        assert dashboard.job(its_own) == before
        assert dashboard.get(f"/api/jobs/{its_own}/events").json() == log
        wait_for(lambda: dashboard.job(job_id)["state"] == "running")
        gate.open()
        assert shown(dashboard, job_id).state == "finished"
        assert process.wait(WITHIN) == 0
    assert dashboard.job(job_id)["counts"]["ok"] == 3
    assert int(dashboard.submit(codes=["FR"])) > int(job_id) > int(its_own)
