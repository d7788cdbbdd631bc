"""`make soak`: kill -9 in the middle of a large job, twenty times."""

import random
from functools import partial
from pathlib import Path

import pytest

from flagdl.download.images import check_gif
from flagdl.jobs.registry import MOST_EVENTS
from tests.support.running import RunningDashboard, wait_for

ROUNDS = 20


@pytest.mark.timeout(900)
def test_kill_in_the_middle_of_a_job(tmp_path: Path) -> None:
    with RunningDashboard(tmp_path) as dashboard:
        kill_again_and_again(dashboard)


def kill_again_and_again(dashboard: RunningDashboard) -> None:
    choice = random.Random(1)
    finished_id = dashboard.submit(select="pop20")
    finished = dashboard.finished(finished_id)
    interrupted = 0
    for number in range(ROUNDS):
        job_id = dashboard.submit(select="every", server="ERROR", max_req=100)
        killed_at = choice.randrange(0, 600)
        wait_for(partial(_has_come_to, dashboard, job_id, killed_at))
        dashboard.kill()
        images = list(dashboard.downloads.glob("*.gif"))
        for path in images:
            check_gif(path.read_bytes())
        dashboard.start()
        job = dashboard.job(job_id)
        assert job["state"] in ("interrupted", "finished")
        assert sum(job["counts"].values()) == job["total"] == 676
        events = dashboard.get(f"/api/jobs/{job_id}/events").json()["events"]
        numbers = [event["seq"] for event in events]
        if job["state"] == "finished":
            assert numbers == list(range(1, len(events) + 1))
        else:  # one gap, before the first event that the new process added
            assert numbers == sorted(set(numbers))
            assert numbers[-1] == len(events) + MOST_EVENTS
        assert dashboard.job(finished_id) == finished
        assert not list(dashboard.downloads.glob(".*"))
        missing = job["counts"]["cancelled"] + job["counts"]["error"]
        print(f"{number}: killed at {killed_at}: {len(images)} images, {missing} missing")
        if job["state"] == "interrupted":
            interrupted += 1
            again = dashboard.post(f"/api/jobs/{job_id}/retry")
            assert again.status_code == 201
            assert dashboard.finished(again.json()["id"])["total"] == missing
    assert interrupted > ROUNDS // 2


def _has_come_to(dashboard: RunningDashboard, job_id: str, count: int) -> bool:
    counts: dict[str, int] = dashboard.job(job_id)["counts"]
    return sum(counts.values()) >= count
