"""A cluster is offered and accepted only where there is one."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.problems import problem
from tests.support.running import RunningDashboard

CHOICE = 'name="executor"'
NOTE = "clocks"


@pytest.fixture(scope="module")
def clustered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDashboard]:
    with RunningDashboard(tmp_path_factory.mktemp("clustered"), cluster="local:1") as running:
        yield running


@pytest.fixture(scope="module")
def job(clustered: RunningDashboard) -> dict[str, Any]:
    """A job that has run on the cluster; its codes go one at a time through several threads."""
    options = {"select": "pop20", "max_req": 1, "executor": "cluster"}
    return clustered.finished(clustered.submit(**options))


def test_a_job_runs_on_the_cluster(clustered: RunningDashboard, job: dict[str, Any]) -> None:
    assert job["state"] == "finished"
    assert job["spec"]["executor"] == "cluster"
    (place,) = set(job["places"].values())
    assert place.startswith("0@")
    page = clustered.get(f"/jobs/{job['id']}").text
    assert NOTE in page
    assert CHOICE in page
    # asyncio is not possible on a cluster, so it is not offered here.
    again = page.split('class="again"')[1].split("</form>")[0]
    assert 'value="map"' in again
    assert 'value="asyncio"' not in again


def test_the_log_of_a_cluster_is_imported(clustered: RunningDashboard, job: dict[str, Any]) -> None:
    assert len(job["places"]) > job["concurrency"]
    log = clustered.get(f"/api/jobs/{job['id']}/log.json").json()
    answer = clustered.post("/api/jobs/import", log)
    assert answer.status_code == 201
    imported = answer.json()
    assert imported == {**job, "id": imported["id"], "source": "imported"}


def test_asyncio_is_refused_with_the_reason(clustered: RunningDashboard) -> None:
    answer = clustered.post("/api/jobs", {"strategy": "asyncio", "executor": "cluster"})
    detail = problem(answer, 400, "executor")
    assert detail.endswith("with asyncio: its tasks stay on one event loop")


def test_without_a_cluster_there_is_no_choice(shared: RunningDashboard) -> None:
    assert CHOICE not in shared.get("/").text
    detail = problem(shared.post("/api/jobs", {"executor": "cluster"}), 400, "executor")
    assert detail == "executor can't be cluster: FLAGDL_CLUSTER is not set"
    job = shared.finished(shared.submit(codes=["BR"], executor="threads"))
    assert "executor" not in job["spec"]
    assert NOTE not in shared.get(f"/jobs/{job['id']}").text
