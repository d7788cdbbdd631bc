"""The same work several times: every run is recorded, and a table shows the results."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable
from contextlib import closing

import pytest

from flagdl.history.history import History
from flagdl.model.events import JobFinished, JobState, all_counts
from flagdl.model.job import Job, JobRow
from flagdl.model.spec import JobSpec
from flagdl.strategies import STRATEGIES
from flagdl.terminal.cli import main
from flagdl.terminal.many import about_knee
from tests.support.hostile import HostileServer, answer, answering
from tests.support.running import WITHIN
from tests.support.terminals import Cli

Run = Callable[..., subprocess.CompletedProcess[str]]


def recorded(cli: Cli) -> list[JobRow]:
    with closing(History(cli.history)) as history:
        return history.jobs(10)[::-1]


def columns(stdout: str) -> dict[str, list[str]]:
    """Return the table's columns by their names; two names contain a space."""
    lines = [
        line.replace("first r", "first_r").replace("held b", "held_b")
        for line in stdout.splitlines()
    ]
    names, *rows = [line.split() for line in lines if not line.startswith("Beyond")]
    return {name: [row[at] for row in rows] for at, name in enumerate(names)}


def test_a_race_has_every_strategy_at_the_same_time(cli: Cli, called: Run) -> None:
    # Answers begin once sequential has begun one download, and each other strategy two.
    together = threading.Semaphore(0)

    def reply(_: bytes) -> bytes:
        begun.append(1)
        if len(begun) == 7:
            together.release(100)
        assert together.acquire(timeout=WITHIN)
        return answer()

    begun: list[int] = []
    with HostileServer(answering(reply)) as server:
        cli.knows(mine=server.server.template)
        done = called("--race", "-s", "MINE", "-m", "2", "br", "cn")
    assert done.returncode == 0
    table = columns(done.stdout)
    assert table["strategy"] == list(STRATEGIES)
    assert table["connections"] == ["1", "2", "2", "2"]
    assert table["saved"] == ["2"] * 4
    rows = recorded(cli)
    assert {(row.source, row.state) for row in rows} == {("terminal", "finished")}
    assert {row.spec.strategy for row in rows} == STRATEGIES.keys()


def test_a_sweep_goes_from_few_connections_to_many(cli: Cli, called: Run) -> None:
    done = called("--sweep", "5,1,2", "--strategy", "map", "fr", "br", "cn")
    assert done.returncode == 0
    assert columns(done.stdout)["connections"] == ["1", "2", "3"]
    assert [row.spec.max_req for row in recorded(cli)] == [1, 2, 3]


@pytest.mark.parametrize("last", [JobState.FINISHED, JobState.CANCELLED])
def test_a_knee_is_only_told_of_runs_that_all_finished(last: JobState) -> None:
    jobs = []
    for width, state in (
        (1, JobState.FINISHED),
        (2, JobState.FINISHED),
        (3, JobState.FINISHED),
        (4, last),
    ):
        job = Job(JobRow("", "", JobSpec(("FR",) * 4, "LOCAL", "map", width, 1)))
        job.apply(JobFinished(1, 2.0, state, all_counts({}), 2.0))
        jobs.append(job)
    told = "Beyond 1 connection, more gain less than 5%." if last is JobState.FINISHED else ""
    assert about_knee(jobs) == told


def test_errors_are_counted_and_said_by_the_exit_status(cli: Cli, called: Run) -> None:
    with HostileServer(answering(lambda _: answer(b"", "503 Busy"))) as broken:
        cli.knows(broken=broken.server.template)
        done = called("--sweep", "1,2", "-s", "BROKEN", "--attempts", "1", "fr", "br")
    assert done.returncode == 1
    assert columns(done.stdout)["errors"] == ["2", "2"]
    assert done.stderr.endswith("*** Error for 4 flags: HTTP 503 - Service Unavailable\n")


def test_why_jobs_failed_is_said_once(cli: Cli, called: Run) -> None:
    with HostileServer(lambda connection: None) as none:
        cli.set(cluster="tcp://{}:{}".format(*none.address))
        done = called("--sweep", "1,2", "--executor", "cluster", "fr", "br")
    assert done.returncode == 1
    assert columns(done.stdout)["time"] == ["failed"] * 2
    assert done.stderr.count("*** The job failed: The cluster at tcp://") == 1


@pytest.mark.usefixtures("handlers")
def test_ctrl_c_ends_all_of_them(cli: Cli, called: Run) -> None:
    never = threading.Event()

    def reply(_: bytes) -> bytes:
        os.kill(os.getpid(), signal.SIGINT)
        never.wait(WITHIN)
        return answer()

    with HostileServer(answering(reply)) as server:
        cli.knows(mine=server.server.template)
        done = called("--sweep", "1,2", "-s", "MINE", "fr", "br")
        never.set()
    assert done.returncode == 128 + signal.SIGINT
    assert columns(done.stdout)["time"] == ["cancelled"]  # the second was never begun
    assert [row.state for row in recorded(cli)] == ["cancelled"]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--race", "--strategy", "map"], "--race takes every strategy"),
        (["--race", "--sweep", "1"], "not allowed with argument"),
        (["--sweep", "1", "-m", "5"], "leave out --max_req"),
        (["--sweep", "1", "--strategy", "Sequential"], "not sequential"),
        (["--sweep", "1", "-v"], "leave out --verbose"),
        (["--race", "-v"], "leave out --verbose"),
        (["--sweep", "0"], "must be from 1 to 1000"),
        (["--sweep", "1,,2"], "is not a whole number"),
        (["--sweep", "1001"], "must be from 1 to 1000"),
    ],
)
def test_options_that_contradict_each_other(
    args: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(args)
    assert caught.value.code == 2
    assert message in capsys.readouterr().err
