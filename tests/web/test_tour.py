"""The lesson in four steps, in a browser without scripts."""

import re
from collections.abc import Iterator
from contextlib import closing

import pytest
import requests

from flagdl.model.embedded import EMBEDDED
from flagdl.model.spec import parse_spec
from flagdl.origin.faults import FaultPlan, lab_fault
from flagdl.origin.process import OriginProcess
from flagdl.web.pages.tour import STEPS
from tests.support.here import DashboardHere
from tests.support.running import WITHIN

TITLE = "See it in a minute"


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DashboardHere]:
    """A dashboard whose server DELAY takes less time than half a second."""
    with (
        closing(OriginProcess(FaultPlan(delay=0.01))) as origin,
        DashboardHere(tmp_path_factory.mktemp("tour"), origin) as dashboard,
    ):
        yield dashboard


@pytest.mark.parametrize("number", range(1, len(STEPS) + 1))
def test_each_step_runs_two_jobs_and_leads_to_the_next(quick: DashboardHere, number: int) -> None:
    page = quick.get("/", params={"step": str(number)}).text
    [opened] = re.findall(
        r"<details name=\"step\" id=\"step-\d\" open>\s*<summary>(.*)</summary>", page
    )
    assert opened == STEPS[number - 1].name
    answer = requests.post(
        f"{quick.url}/lesson/{number}", {"guess": "0.5", "token": f"{number}"}, timeout=WITHIN
    )
    ids = re.findall(r"job=(\d+)", answer.url)
    jobs = [quick.finished(job_id) for job_id in ids]
    assert len(jobs) == 2
    assert all(job["counts"]["ok"] == job["total"] for job in jobs)
    next_step = f'href="/?step={number + 1}#step-{number + 1}"'
    assert (next_step in answer.text) == (number < len(STEPS))
    assert f'data-step="{number}"' in answer.text


def test_the_slowest_flag_of_the_third_step_is_the_first() -> None:
    for job in STEPS[2].jobs:
        spec = parse_spec(job, EMBEDDED)
        assert spec.lab
        delays = [lab_fault(spec.lab, cc.lower(), 1).delay for cc in spec.codes]
        assert max(delays) == delays[0]


def test_there_is_no_fifth_step(quick: DashboardHere) -> None:
    assert quick.post("/lesson/5").status_code == 404
    assert quick.get("/?step=99").status_code == 200


def test_it_is_dismissed_for_good_and_found_again(quick: DashboardHere) -> None:
    with requests.Session() as reader:
        assert f">{TITLE}</h2>" in reader.get(quick.url, timeout=WITHIN).text
        reader.post(f"{quick.url}/preferences", {"tour": "off"}, timeout=WITHIN)
        page = reader.get(quick.url, timeout=WITHIN).text
        assert f">{TITLE}</h2>" not in page
        assert f'name="tour" value="on">{TITLE}</button>' in page
        jobs = f"{quick.url}/jobs"
        again = reader.post(
            f"{quick.url}/preferences", {"tour": "on"}, headers={"Referer": jobs}, timeout=WITHIN
        )
        assert again.url == f"{quick.url}/"
        assert f">{TITLE}</h2>" in again.text
