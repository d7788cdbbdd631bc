"""Forms start the same work in several ways. tests/browser tests how the jobs are compared."""

import re
from collections.abc import Callable

import pytest
import requests

from flagdl.model.variants import WIDTHS
from tests.support.here import DashboardHere
from tests.support.running import WITHIN, FlagGate, RunningDashboard

Fields = list[tuple[str, str]]
STRATEGIES = ["sequential", "map", "as_completed", "asyncio"]


def post(dashboard: RunningDashboard, path: str, fields: Fields) -> requests.Response:
    return requests.post(dashboard.url + path, fields, timeout=WITHIN, allow_redirects=False)


def jobs_of(dashboard: RunningDashboard, answer: requests.Response) -> list[dict[str, object]]:
    assert answer.status_code == 303, answer.text
    ids = re.findall(r"job=(\d+)", answer.headers["Location"])
    return [dashboard.finished(job_id) for job_id in ids]


def newest(dashboard: RunningDashboard) -> str:
    return "".join(job["id"] for job in dashboard.get("/api/jobs?limit=1").json()["jobs"])


def specs(jobs: list[dict[str, object]], name: str) -> list[object]:
    return [job["spec"][name] for job in jobs]  # type: ignore[index]


@pytest.mark.parametrize("picked", ["sequential", "map"])
def test_a_race_does_the_forms_work_with_the_chosen_strategies(
    shared: RunningDashboard, picked: str
) -> None:
    fields = [
        ("codes", "BR, FR"),
        ("strategy", picked),
        ("server", "LAB"),
        ("delay", "0"),
        ("errors", "0.5"),
        ("seed", "3"),
    ]
    race = [("race", name) for name in ("map", "sequential", "nonsense")]
    jobs = jobs_of(shared, post(shared, "/race", [*fields, ("max_req", "2"), *race]))
    assert specs(jobs, "strategy") == ["sequential", "map"]
    assert specs(jobs, "max_req") == [1, 2]
    assert specs(jobs, "seed") == [3, 3]
    outcomes = [[item["status"] for item in job["items"]] for job in jobs]  # type: ignore[attr-defined]
    assert outcomes[0] == outcomes[1]


def test_a_sweep_goes_on_by_itself_from_few_connections_to_many(shared: RunningDashboard) -> None:
    fields = [("codes", "BR FR IN"), ("strategy", "map"), ("max_req", "9"), ("widths", "2, 1,9")]
    jobs = jobs_of(shared, post(shared, "/sweep", fields))
    assert specs(jobs, "max_req") == [1, 2, 3]
    assert [job["after"] for job in jobs] == [None, jobs[0]["id"], jobs[1]["id"]]


def test_a_sweep_over_one_code_is_one_job(shared: RunningDashboard) -> None:
    answer = post(shared, "/sweep", [("codes", "BR"), ("widths", "1,2")])
    assert re.fullmatch(r"/jobs/\d+", answer.headers["Location"])


@pytest.mark.parametrize(("way", "count"), [("race", 4), ("sweep", 2)])
@pytest.mark.parametrize("strategy", ["sequential", "map"])
def test_an_ended_job_leads_to_a_race_and_to_a_sweep(
    shared: RunningDashboard, way: str, count: int, strategy: str
) -> None:
    job_id = shared.submit(codes=["BR", "FR"], strategy=strategy)
    shared.finished(job_id)
    jobs = jobs_of(shared, post(shared, f"/jobs/{job_id}/{way}", []))
    assert len(jobs) == count
    assert specs(jobs, "codes") == [["BR", "FR"]] * count
    if way == "race":
        assert specs(jobs, "strategy") == STRATEGIES
    else:
        page = shared.get(f"/jobs/{job_id}", headers={"Accept": "text/html"}).text
        assert f"1, 2, 5, … up to {WIDTHS[-1]} connections, at most one for each flag" in page
        assert set(specs(jobs, "strategy")) == {"map" if strategy == "map" else "as_completed"}
    assert post(shared, f"/jobs/999999/{way}", []).status_code == 404


@pytest.mark.parametrize(
    ("path", "fields", "says"),
    [
        ("/race", [("codes", "BR"), ("race", "map")], "Choose two strategies or more."),
        ("/race", [("codes", "BR")], "Choose two strategies or more."),
        ("/race", [("race", "map"), ("race", "asyncio"), ("codes", "9")], "A to Z"),
        *(
            (
                "/sweep",
                [("codes", "BR"), ("widths", widths)],
                "different numbers from 1 to 1,000",
            )
            for widths in (
                "",
                "5",
                "1,x",
                "0,1",
                "-5,2",
                "1,1001",
                "1,,2",
                "3,3",
                "1,2,3,4,5,6,7,8,9",
            )
        ),
        (
            "/sweep",
            [("codes", "BR"), ("widths", "1,2"), ("strategy", "sequential")],
            "A sweep needs a strategy with several connections.",
        ),
    ],
)
def test_a_form_that_cant_be_followed_is_shown_again(
    shared: RunningDashboard, path: str, fields: Fields, says: str
) -> None:
    before = newest(shared)
    answer = post(shared, path, fields)
    assert answer.status_code == 400
    assert says in answer.text
    assert newest(shared) == before


def test_all_of_them_start_or_none(start_here: Callable[..., DashboardHere]) -> None:
    dashboard = start_here(max_running=1, max_waiting=3)
    last = dashboard.submit(server="GATE")
    fields = [("codes", "BR FR IN US"), ("server", "GATE"), ("widths", "1,2,3,4")]
    answer = post(dashboard, "/sweep", fields)
    assert answer.status_code == 503
    assert "s many jobs wait as may wait" in answer.text
    listed = dashboard.get("/api/jobs").json()["jobs"]
    begun = [job["id"] for job in listed if int(job["id"]) > int(last)]
    assert 0 < len(begun) < 4
    for job_id in begun:
        assert dashboard.finished(job_id)["state"] == "cancelled"


@pytest.mark.parametrize("page", ["/jobs/{last}", "/jobs/compare?job={first}&job={last}"])
def test_a_sweep_is_cancelled_as_a_whole(
    gated: RunningDashboard, gate: FlagGate, page: str
) -> None:
    fields = [("codes", "BR FR IN"), ("server", "GATE"), ("widths", "1,2,3")]
    answer = post(gated, "/sweep", fields)
    first, *_, last = re.findall(r"job=(\d+)", answer.headers["Location"])
    shown = gated.get(page.format(first=first, last=last)).text
    assert "Cancel all 3 jobs of this row" in shown
    [action] = re.findall(r'action="(/jobs/\d+/cancel-chain)"', shown)
    assert post(gated, action, []).status_code == 303
    for job_id in range(int(first), int(last) + 1):
        assert gated.finished(str(job_id))["state"] == "cancelled"
    assert "Cancel all" not in gated.get(page.format(first=first, last=last)).text
