"""`make soak`: kill -9 in the middle of a large job, thirty times, of three programs in turn."""

import random
import signal
from collections.abc import Iterable
from functools import partial
from os import kill
from pathlib import Path
from typing import Any

import pytest

from flagdl.download.images import check_gif
from flagdl.jobs.registry import MOST_EVENTS
from tests.support.running import RunningDashboard, children, is_alive, wait_for
from tests.support.terminals import Cli

ROUNDS = 30


@pytest.mark.timeout(900)
def test_kill_in_the_middle_of_a_job(tmp_path: Path) -> None:
    with RunningDashboard(tmp_path) as dashboard:
        kill_again_and_again(dashboard, Cli(tmp_path))


def kill_again_and_again(dashboard: RunningDashboard, cli: Cli) -> None:
    choice = random.Random(1)
    finished_id = dashboard.submit(select="pop20")
    finished = dashboard.finished(finished_id)
    interrupted = 0
    for number in range(ROUNDS):
        kill_one = (kill_the_dashboard, kill_its_flag_servers, partial(kill_a_terminal, cli))
        killed_at = choice.randrange(0, 600)
        job = kill_one[number % 3](dashboard, killed_at)
        assert job["state"] in ("interrupted", "finished")
        assert sum(job["counts"].values()) == job["total"] == 676
        _check_numbers(dashboard, job)
        for path in dashboard.downloads.glob("*.gif"):
            check_gif(path.read_bytes())
        assert not list(dashboard.history.parent.glob("*.terminal-*"))
        assert dashboard.job(finished_id) == finished
        missing = job["counts"]["cancelled"] + job["counts"]["error"]
        print(f"{number}: killed at {killed_at}: {job['state']}, {missing} missing")
        interrupted += job["state"] == "interrupted"
        again = dashboard.post(f"/api/jobs/{job['id']}/retry")
        assert again.status_code == 201
        assert dashboard.finished(again.json()["id"])["total"] == missing
    assert interrupted > ROUNDS // 3


def kill_the_dashboard(dashboard: RunningDashboard, killed_at: int) -> dict[str, Any]:
    job_id = _submit(dashboard)
    wait_for(partial(_has_come_to, dashboard, job_id, killed_at))
    servers = children(dashboard.pid)
    dashboard.kill()
    _wait_until_gone(servers)
    dashboard.start()
    # The start also removes what a killed terminal has left.
    assert not list(dashboard.downloads.glob(".*"))
    return dashboard.job(job_id)


def kill_its_flag_servers(dashboard: RunningDashboard, killed_at: int) -> dict[str, Any]:
    """The job goes on: from now on, the flag servers refuse its requests."""
    job_id = _submit(dashboard)
    wait_for(partial(_has_come_to, dashboard, job_id, killed_at))
    servers = children(dashboard.pid)
    assert servers
    for each in servers:
        kill(each, signal.SIGKILL)
    return dashboard.finished(job_id)


def kill_a_terminal(cli: Cli, dashboard: RunningDashboard, killed_at: int) -> dict[str, Any]:
    before = dashboard.get("/api/jobs?limit=1").json()["jobs"][0]["id"]
    with cli.started("-e", "-s", "ERROR", "-m", "100") as process:
        job_id = wait_for(partial(_newer_than, dashboard, before))
        wait_for(partial(_has_come_to, dashboard, job_id, killed_at))
        servers = children(process.pid)
        process.kill()
        process.communicate()
    _wait_until_gone(servers)
    job = dashboard.finished(job_id)
    assert job["source"] == "terminal"
    return job


def _check_numbers(dashboard: RunningDashboard, job: dict[str, Any]) -> None:
    events = dashboard.get(f"/api/jobs/{job['id']}/events").json()["events"]
    numbers = [event["seq"] for event in events]
    if job["state"] == "finished" or job["source"] == "terminal":
        assert numbers == list(range(1, len(events) + 1))
    else:  # one gap, before the first event that the new process added
        assert numbers == sorted(set(numbers))
        assert numbers[-1] == len(events) + MOST_EVENTS


def _submit(dashboard: RunningDashboard) -> str:
    return dashboard.submit(select="every", server="ERROR", max_req=100)


def _newer_than(dashboard: RunningDashboard, before: str) -> str | None:
    newest: str = dashboard.get("/api/jobs?limit=1").json()["jobs"][0]["id"]
    return newest if newest != before else None


def _has_come_to(dashboard: RunningDashboard, job_id: str, count: int) -> bool:
    counts: dict[str, int] = dashboard.job(job_id)["counts"]
    return sum(counts.values()) >= count


def _wait_until_gone(processes: Iterable[int]) -> None:
    wait_for(lambda: not any(is_alive(each) for each in processes))
