"""A job is what its events say. The page's store is tested with the same fixture, events.json."""

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flagdl.model.events import (
    DownloadStatus,
    Event,
    FlagDone,
    FlagStarted,
    JobStarted,
    JobState,
    event_from_dict,
)
from flagdl.model.job import Job, JobRow, summary
from flagdl.model.spec import JobSpec
from tests.support.running import ROOT
from tests.support.stories import CODES, result, row, stories

FIXTURE = ROOT / "tests/fixtures/events.json"
CASES: list[dict[str, Any]] = json.loads(FIXTURE.read_text("utf-8"))


def folded(events: list[Event], *codes: str) -> Job:
    job = Job(row(*codes))
    for event in events:
        job.apply(event)
    return job


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_fold_that_the_page_does_too(case: dict[str, Any]) -> None:
    given = case["job"]
    job = Job(JobRow(given["id"], given["created_at"], JobSpec.from_dict(given["spec"])))
    # The page begins with the job as the API gives it.
    assert job.to_dict() == given
    for event in case["events"]:
        job.apply(event_from_dict(event))
    answer = {**job.to_dict()}
    assert {name: answer[name] for name in case["expected"]} == case["expected"]


@settings(max_examples=40)
@given(events=stories(), told=st.integers(0, 20))
def test_counts_always_add_up(events: list[Event], told: int) -> None:
    job = folded(events[:told])
    answer = json.loads(json.dumps(job.to_dict()))
    statuses = Counter(item["status"] for item in answer["items"])
    assert sum(statuses.values()) == answer["total"] == len(CODES)
    for status in DownloadStatus:
        assert answer["counts"][status] == statuses[status]
    open_codes = [i["cc"] for i in answer["items"] if i["status"] in ("pending", "running")]
    assert job.unaccounted == open_codes
    if job.state.ended:
        assert not open_codes
    assert [item["cc"] for item in answer["items"]] == list(CODES)


@settings(max_examples=40)
@given(events=stories())
def test_the_log_read_back_gives_the_same_job(events: list[Event]) -> None:
    written = [json.loads(json.dumps(event.to_dict())) for event in events]
    assert (
        folded([event_from_dict(event) for event in written]).to_dict() == folded(events).to_dict()
    )


@settings(max_examples=40)
@given(events=stories())
def test_an_ended_job_and_its_row_look_the_same_in_a_list(events: list[Event]) -> None:
    job = folded(events)
    as_row = row()._replace(
        state=job.state,
        counts=job.counts,
        elapsed=job.elapsed,
        seq=job.seq,
        returned=job.returned,
    )
    assert summary(as_row) == summary(job)


def test_elapsed_runs_with_the_clock_until_the_end() -> None:
    now = 100.0
    job = Job(row("FR"), clock=lambda: now)
    assert job.elapsed == 0
    job.apply(JobStarted(1, 0.5, 1, "http://flags.example", 1))
    now = 102.0
    assert job.elapsed == pytest.approx(2.5)
    for event in (FlagDone(2, 2.25, result("FR")),):
        job.apply(event)
    now = 103.0
    assert job.elapsed == pytest.approx(3.5)


def test_elapsed_counts_from_the_beginning_also_where_we_heard_late() -> None:
    now = 100.0
    job = Job(row("FR"), clock=lambda: now)
    job.apply(JobStarted(1, 0.0, 1, "http://flags.example", 1))
    job.apply(FlagStarted(2, 30.0, "FR", 0))
    now = 101.0
    assert job.elapsed == pytest.approx(31)


def test_a_job_says_where_it_came_from() -> None:
    for each, source in ((row(), "dashboard"), (row()._replace(terminal="x"), "terminal")):
        assert summary(each)["source"] == summary(Job(each))["source"] == source


def test_a_code_on_its_way_shows_its_worker() -> None:
    job = folded(
        [
            JobStarted(1, 0.0, 2, "http://flags.example", 2),
            FlagStarted(2, 0.25, "BR", 1),
        ],
        "BR",
        "FR",
    )
    running, pending = job.to_dict()["items"]
    assert (running["status"], running["worker"], running["started"]) == ("running", 1, 0.25)
    assert (pending["status"], pending["worker"], pending["started"]) == ("pending", None, None)


def test_the_report_is_the_books() -> None:
    assert folded([], "BR").report == ""
    started = [JobStarted(1, 0.0, 1, "http://flags.example", 1)]
    assert folded(list(started), "BR").report == (
        "LOCAL site: http://flags.example\n"
        "Searching for 1 flag: BR\n"
        "1 concurrent connection will be used."
    )


@settings(max_examples=40)
@given(events=stories())
def test_a_retry_asks_for_what_failed_or_was_cancelled(events: list[Event]) -> None:
    fates = {e.result.cc: e.result.status for e in events if isinstance(e, FlagDone)}
    again = {cc for cc, status in fates.items() if status in ("error", "cancelled")}
    job = folded(events)
    assert set(job.failed_codes) == again
    assert job.state in [state for state in JobState if state.ended]
