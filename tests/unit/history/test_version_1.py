"""Today's dashboard with a history from before version 2 of the events.

tests/fixtures/history-v1.sql is such a history. It has two jobs: one with map on ERROR, which has
ended, and one on DELAY, whose process was killed in the middle.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.support.here import DashboardHere, LastingOrigin
from tests.support.running import ROOT, WITHIN

FIXTURE = ROOT / "tests/fixtures/history-v1.sql"


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory, origin: LastingOrigin) -> Iterator[DashboardHere]:
    dashboard = DashboardHere(tmp_path_factory.mktemp("old"), origin)
    dashboard.history.parent.mkdir()
    with closing(sqlite3.connect(dashboard.history)) as connection:
        connection.executescript(FIXTURE.read_text("utf-8"))
    with dashboard:
        yield dashboard


def test_its_jobs_are_listed_and_done_means_returned(old: DashboardHere) -> None:
    jobs = {job["id"]: job for job in old.get("/api/jobs").json()["jobs"]}
    ended, interrupted = jobs["1"], jobs["2"]
    assert (ended["state"], ended["returned"], ended["counts"]["ok"]) == ("finished", 4, 3)
    assert (interrupted["state"], interrupted["counts"]["cancelled"]) == ("interrupted", 2)
    # The old dashboard finished two flags. The new one cancelled the others: none came back.
    assert interrupted["returned"] == 2


def test_a_job_has_its_times_and_no_more(old: DashboardHere) -> None:
    job = old.job("1")
    assert job["returned"] == 4
    # BC was slow, and map held back what was done behind it.
    slow, behind = job["items"][1], job["items"][2]
    assert behind["finished"] < slow["finished"] < behind["returned"]
    assert {item["sent"] for item in job["items"]} == {None}
    assert {item["received"] for item in job["items"]} == {None}
    events = old.get("/api/jobs/1/events").json()["events"]
    assert [event["seq"] for event in events] == list(range(1, 11))


def test_its_pages_open_also_beside_a_new_job(old: DashboardHere) -> None:
    new = old.submit(codes=["BB", "BC"], strategy="map")
    old.finished(new)
    for page in ("/jobs", "/jobs/1", "/jobs/2", f"/jobs/compare?a=1&b={new}"):
        assert old.get(page).status_code == 200
    with old.watch("1", since=0) as ws:
        assert '"returned":' in str(ws.recv(WITHIN))


def test_what_is_missing_can_be_fetched(old: DashboardHere) -> None:
    again = old.post("/api/jobs/2/retry").json()
    assert again["spec"]["codes"] == ["FR", "IN"]
    assert old.finished(again["id"])["counts"]["ok"] == 2


def test_its_logs_can_be_imported(old: DashboardHere) -> None:
    for job_id in ("1", "2"):
        log = old.get(f"/api/jobs/{job_id}/log.json").json()
        imported = old.post("/api/jobs/import", log).json()
        assert imported["items"] == old.job(job_id)["items"]
