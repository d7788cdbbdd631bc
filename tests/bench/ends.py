"""How long a job, a dashboard and a command take to end, with 676 downloads under way."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.cells import Cell
from tests.bench.server import RunningFlagServer
from tests.bench.targets import Target, a_dashboard
from tests.support.running import WITHIN, RunningDashboard, wait_for
from tests.support.terminals import Cli

# So slow that nothing comes back meanwhile, but not so slow that downloads are given up.
HELD = Cell(676, 676, 4)


def of_ends(server: RunningFlagServer, directory: Path) -> Iterator[Target]:
    """Measure a cancel, the end of a dashboard, and Ctrl-C in a terminal."""
    with a_dashboard(server, directory, HELD) as dashboard:
        job_id = under_way(dashboard)
        began = time.monotonic()
        dashboard.post(f"/api/jobs/{job_id}/cancel")
        dashboard.finished(job_id)
        yield Target("cancel → the job has ended", 1, time.monotonic() - began, " s")
        under_way(dashboard)
        began = time.monotonic()
        dashboard.stop()
        yield Target("SIGTERM → the dashboard has ended", 5, time.monotonic() - began, " s")
    cli = Cli(directory)
    cli.knows(bench=server.template(HELD.delay, errors=False))
    with cli.started("-s", "bench", "-e", "-m", str(HELD.connections)) as process:
        assert process.stderr
        process.stderr.read(1)  # the bar is there, so the downloads have begun
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=WITHIN)
        yield Target("Ctrl-C → the command has ended", 2, time.monotonic() - began, " s")


def under_way(dashboard: RunningDashboard) -> str:
    """Start a job and wait until all of its downloads have begun."""
    job_id = dashboard.submit(codes=HELD.codes, server="BENCH", max_req=HELD.connections)
    wait_for(lambda: dashboard.get("/api/jobs?limit=1").json()["jobs"][0]["seq"] > HELD.requests)
    return job_id
