"""`make soak`: five hundred jobs, and a hundred watchers that come and go: nothing grows."""

import random
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.support.running import RunningDashboard, resident, wait_for

JOBS = 500
WATCHERS = 100


@pytest.mark.timeout(900)
def test_nothing_grows(tmp_path: Path) -> None:
    with RunningDashboard(tmp_path) as dashboard:
        for _ in range(20):
            dashboard.finished(dashboard.submit(select="pop20"))
        before = figures(dashboard)
        print("\nbefore                 ", before)
        for _ in range(JOBS):
            dashboard.finished(dashboard.submit(select="pop20"))
        after_jobs = figures(dashboard)
        print(f"after {JOBS} jobs         ", after_jobs)
        # The first rounds reach the usual maximum. What grows after them would grow for ever.
        after_watchers = [_after_rounds(dashboard, before["descriptors"]) for _ in range(2)]
    assert after_jobs["threads"] <= before["threads"] + 5
    assert after_jobs["memory kB"] < before["memory kB"] * 1.3
    # Idle threads stay, for the next watchers.
    assert after_watchers[1]["threads"] <= after_watchers[0]["threads"] + 5
    assert after_watchers[1]["memory kB"] < after_watchers[0]["memory kB"] * 1.1


def _after_rounds(dashboard: RunningDashboard, descriptors: int) -> dict[str, int]:
    for _ in range(10):
        watched(dashboard)
    wait_for(lambda: dashboard.descriptors() <= descriptors + 5)
    after = figures(dashboard)
    print(f"after {WATCHERS} watchers × 10", after)
    return after


def watched(dashboard: RunningDashboard) -> None:
    """Run a job that a hundred browsers watch; half of them leave in the middle."""
    job_id = dashboard.submit(select="every", server="ERROR", max_req=100)

    def watch(number: int) -> None:
        messages = random.Random(number).randrange(1, 60) if number % 2 else 1_000_000
        with suppress(ConnectionClosed, OSError), dashboard.watch(job_id) as client:
            for _ in range(messages):
                client.recv()
            # The client leaves without a close frame, like a tab that crashes.
            client.socket.shutdown(socket.SHUT_RDWR)

    with ThreadPoolExecutor(WATCHERS) as pool:
        for future in [pool.submit(watch, number) for number in range(WATCHERS)]:
            future.result()
    assert dashboard.finished(job_id)["total"] == 676


def figures(dashboard: RunningDashboard) -> dict[str, int]:
    """Return what the dashboard's process uses."""
    return {
        "memory kB": resident(Path(f"/proc/{dashboard.pid}"))["VmRSS"] // 1024,
        "threads": dashboard.threads(),
        "descriptors": dashboard.descriptors(),
    }
