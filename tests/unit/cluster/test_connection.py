"""Clusters that can't be used: a job fails at once, and says why."""

import subprocess
import sys
import threading
import tomllib
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dask
import pytest
import trustme
from distributed import Security

from flagdl.cluster import connection, readiness
from flagdl.cluster.connection import VERSION, Cluster, ClusterError
from tests.support.clusters import cluster_here
from tests.support.ports import reserved_port
from tests.support.running import ROOT, WITHIN

ROLES = ("client", "scheduler", "worker")


def why_not(address: str) -> str:
    with closing(Cluster(address)) as cluster, pytest.raises(ClusterError) as caught:
        cluster.connect(threading.Event())
    return str(caught.value)


def test_a_scheduler_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "CONNECT_WITHIN", 0.1)
    with reserved_port() as port:
        address = f"tcp://127.0.0.1:{port}"
        assert why_not(address) == (
            f"The cluster at {address} (FLAGDL_CLUSTER) does not answer: its scheduler, or one of"
            " its workers, can't be reached."
        )


def test_a_connection_that_no_job_uses_is_made_again_after_a_problem(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(client: object) -> None:
        raise ClusterError("no")

    with cluster_here() as address, closing(Cluster(address)) as cluster:
        first = cluster.connect(threading.Event())
        assert first
        with monkeypatch.context() as patched:
            patched.setattr(readiness, "check", refuse)
            with pytest.raises(ClusterError):
                cluster.connect(threading.Event())
        assert not first.is_open
        second = cluster.connect(threading.Event())
        assert second
        assert second.is_open


def test_no_job_waits_longer_than_ten_seconds() -> None:
    assert connection.CONNECT_WITHIN < 10


def test_a_job_for_a_cluster_without_one() -> None:
    assert why_not("") == "There is no cluster: FLAGDL_CLUSTER is not set."


def test_a_scheduler_of_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "VERSION", "2025.1.0")
    with cluster_here() as address:
        reason = why_not(address)
    assert reason == (
        f"The scheduler has distributed {VERSION}, and flagdl needs 2025.1.0:"
        " install the same everywhere."
    )


def test_tls_without_certificates() -> None:
    assert why_not("tls://127.0.0.1:9").startswith(
        "tls://127.0.0.1:9 (FLAGDL_CLUSTER) needs certificates, and Dask's settings name none"
    )


def test_a_scheduler_behind_tls(tmp_path: Path) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    ca_file, key = tmp_path / "ca.pem", tmp_path / "key.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    certificate.private_key_and_cert_chain_pem.write_to_path(str(key))
    tls = {"distributed.comm.tls.ca-file": str(ca_file)} | {
        f"distributed.comm.tls.{role}.{file}": str(key)
        for role in ROLES
        for file in ("cert", "key")
    }
    with (
        dask.config.set(tls),
        cluster_here("tls://127.0.0.1", security=Security()) as address,
        closing(Cluster(address)) as cluster,
    ):
        assert address.startswith("tls://")
        assert cluster.connect(threading.Event())


def test_what_is_missing_is_named_with_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert why_not("local:1").endswith(f"pip install distributed=={VERSION}")
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    assert groups["cluster"] == [f"distributed=={VERSION}"]


def process(version: str) -> dict[str, Any]:
    return {"packages": {"distributed": version}}


@pytest.mark.parametrize(
    ("scheduler", "workers", "problem"),
    [
        ("1", {}, "The scheduler has distributed 1, and flagdl needs 2: install the same"
         " everywhere."),
        ("2", {"tcp://a:1": "3"}, "tcp://a:1 has distributed 3, and flagdl needs 2: install the"
         " same everywhere."),
        ("2", {}, "The cluster has no workers: start some."),
    ],
)  # fmt: skip
def test_processes_that_dont_fit(
    monkeypatch: pytest.MonkeyPatch, scheduler: str, workers: dict[str, str], problem: str
) -> None:
    monkeypatch.setattr(readiness, "VERSION", "2")
    versions = {
        "scheduler": process(scheduler),
        "workers": {name: process(version) for name, version in workers.items()},
    }
    client: Any = SimpleNamespace(get_versions=lambda: versions)
    with pytest.raises(ClusterError) as caught:
        readiness.check(client)
    assert str(caught.value) == problem


def test_without_a_cluster_nothing_of_it_is_imported() -> None:
    program = (
        "import sys, threading\n"
        "from pathlib import Path\n"
        "import app\n"
        "from flagdl import engine\n"
        "from flagdl.download.servers import Server\n"
        "from flagdl.download.store import FlagStore\n"
        "from flagdl.model.spec import parse_spec\n"
        "from flagdl.terminal import cli, many, run\n"
        "job = parse_spec({'codes': ['BR']}, ['LOCAL'])\n"
        "events = list(engine.run(job, Server('http://127.0.0.1:9/{cc}'), FlagStore(Path('x')),\n"
        "                         threading.Event()))\n"
        "print(events[-1].state, *{'distributed', 'dask', 'tornado'} & set(sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True,
        timeout=WITHIN,
    )  # fmt: skip
    assert done.stdout == "finished\n"
