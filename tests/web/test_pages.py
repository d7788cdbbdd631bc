"""The pages answer, are HTML, and show what they should show."""

from typing import Any

import pytest
import requests

from flagdl.model.spec import DEFAULT_MAX_REQ
from flagdl.web.problems import capitalized
from tests.support.running import GIF, WITHIN, RunningDashboard

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
FAILING: dict[str, Any] = {"codes": ["FR"], "server": "LAB", "delay": 0, "errors": 1}


def page(dashboard: RunningDashboard, path: str, status: int = 200) -> requests.Response:
    response = dashboard.get(path, headers=HTML)
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.text.lstrip().lower().startswith("<!doctype html>")
    assert "<style" not in response.text
    assert " style=" not in response.text
    return response


def test_the_form_offers_what_there_is(shared: RunningDashboard) -> None:
    text = page(shared, "/").text
    for offered in (
        "France",
        "LOCAL",
        "DELAY",
        "ERROR",
        "LAB",
        "REMOTE",
        "sequential",
        "as_completed",
    ):
        assert offered in text


def test_an_old_link_leads_to_its_job(shared: RunningDashboard) -> None:
    job_id = shared.submit(codes=["FR"])
    shared.finished(job_id)
    assert page(shared, f"/?job={job_id}").url == f"{shared.url}/jobs/{job_id}"
    for unknown in ("999999", "%3Cscript%3E"):
        assert shared.get(f"/?job={unknown}").status_code == 404


def test_the_history_lists_jobs_and_leads_to_older_ones(shared: RunningDashboard) -> None:
    assert page(shared, "/jobs")
    ids = [shared.submit(codes=["FR"]) for _ in range(3)]
    for job_id in ids:
        shared.finished(job_id)
    text = page(shared, "/jobs").text
    assert all(f'href="/jobs/{job_id}"' in text for job_id in ids)
    older = page(shared, f"/jobs?before={ids[1]}").text
    assert f'href="/jobs/{ids[0]}"' in older
    assert f'href="/jobs/{ids[2]}"' not in older


def test_a_jobs_page_has_its_report(shared: RunningDashboard) -> None:
    job_id = shared.submit(codes=["FR"])
    shared.finished(job_id)
    assert "1 flag downloaded." in page(shared, f"/jobs/{job_id}").text


def test_what_failed_can_be_had_again_without_a_script(shared: RunningDashboard) -> None:
    job = shared.finished(shared.submit(**FAILING))
    failed = job["counts"]["error"]
    assert failed
    text = page(shared, f"/jobs/{job['id']}").text
    assert f"<title>Job {job['id']}: LAB, as_completed" in text
    assert f'action="/jobs/{job["id"]}/retry"' in text
    assert f"Retry {failed} flag" in text


def test_a_retry_and_what_it_retries_lead_to_each_other(shared: RunningDashboard) -> None:
    job_id = shared.submit(**FAILING)
    shared.finished(job_id)
    retries = [shared.post(f"/api/jobs/{job_id}/retry").json()["id"] for _ in range(2)]
    for retry in retries:
        assert (
            f'<a href="/jobs/{retry}">Retried by job {retry}</a>'
            in page(shared, f"/jobs/{job_id}").text
        )
        assert (
            f'<a href="/jobs/{job_id}">Retry of job {job_id}</a>'
            in page(shared, f"/jobs/{retry}").text
        )
    assert f'<a href="/jobs/{job_id}">retry of job {job_id}</a>' in page(shared, "/jobs").text


def test_a_deleted_job_is_named_and_not_linked(shared: RunningDashboard) -> None:
    gone = shared.finished(shared.submit(**FAILING))["id"]
    retry = shared.post(f"/api/jobs/{gone}/retry").json()["id"]
    later = shared.submit(codes=["FR"], after=gone)
    shared.delete(f"/api/jobs/{gone}")
    for path, named in (
        ("/jobs", f"retry of job {gone}"),
        ("/jobs", f"after job {gone}"),
        (f"/jobs/{retry}", f"Retry of job {gone}"),
        (f"/jobs/{later}", f"After job {gone}"),
    ):
        text = page(shared, path).text
        assert named in text
        assert f'href="/jobs/{gone}"' not in text
    assert shared.job(retry)["retry_of"] == gone


@pytest.mark.parametrize(
    ("done", "max_req", "again", "expected"),
    [
        ("sequential", 1, "map", DEFAULT_MAX_REQ),
        ("map", 1, "as_completed", 1),
        ("map", 7, "as_completed", 7),
        ("map", 7, "sequential", 1),
    ],
)
def test_a_job_done_again_differs_in_its_strategy_alone(
    shared: RunningDashboard, done: str, max_req: int, again: str, expected: int
) -> None:
    job_id = shared.submit(codes=["BR"], strategy=done, max_req=max_req, attempts=2)
    before = shared.finished(job_id)["spec"]
    answer = requests.post(f"{shared.url}/jobs/{job_id}/again", {"strategy": again}, timeout=WITHIN)
    after = shared.finished(answer.url.rpartition("=")[2])["spec"]
    assert after == {**before, "strategy": again, "max_req": expected}


def test_a_job_done_again_on_lab_meets_the_same(shared: RunningDashboard) -> None:
    settings = {"delay": 0.01, "spread": 1, "errors": 0.5, "seed": 7}
    job_id = shared.submit(codes=["BR"], server="LAB", strategy="map", **settings)
    shared.finished(job_id)
    answer = requests.post(f"{shared.url}/jobs/{job_id}/again", {"strategy": "map"}, timeout=WITHIN)
    assert answer.url != f"{shared.url}/jobs/{job_id}"
    assert shared.job(answer.url.rpartition("/")[2])["spec"].items() >= settings.items()


def test_an_error_begins_as_a_sentence_and_names_things_as_they_are() -> None:
    assert capitalized("the file /tmp/Mine can't be made") == "The file /tmp/Mine can't be made"


def test_the_gallery_shows_what_was_saved(shared: RunningDashboard) -> None:
    assert page(shared, "/gallery")
    shared.finished(shared.submit(codes=["FR"]))
    text = page(shared, "/gallery").text
    assert 'src="/flags/fr.gif?v=' in text
    assert "France" in text
    image = shared.get("/flags/fr.gif")
    assert image.content == GIF


def test_errors_are_pages_for_people_and_problems_for_programs(
    nothing_saved: RunningDashboard,
) -> None:
    for path in ("/nope", "/jobs/999999", "/jobs/x", "/flags/zz.gif"):
        assert "404" in page(nothing_saved, path, 404).text
        assert nothing_saved.get(path).json()["status"] == 404
    assert "400" in page(nothing_saved, "/jobs?before=x", 400).text


def test_an_error_shows_what_was_asked_for_as_text(shared: RunningDashboard) -> None:
    assert "<script>alert" not in page(shared, "/jobs/<script>alert(1)</script>", 404).text
    assert "<script>alert" not in page(shared, "/jobs?before=<script>alert(1)</script>", 400).text


def test_health(shared: RunningDashboard) -> None:
    response = shared.get("/healthz")
    assert response.headers["Content-Type"] == "application/json"
    assert response.json()["status"] == "ok"


def test_an_address_may_end_with_a_slash(shared: RunningDashboard) -> None:
    job_id = shared.submit(**FAILING)
    shared.finished(job_id)
    for path in ("/jobs", f"/jobs/{job_id}", "/gallery", f"/jobs/compare?a={job_id}&b={job_id}0"):
        address, _, query = path.partition("?")
        status = 404 if query else 200
        page(shared, f"{address}/?{query}", status)
    for path in ("/api/jobs", f"/api/jobs/{job_id}", f"/api/jobs/{job_id}/events", "/api/flags"):
        assert shared.get(f"{path}/").json() == shared.get(path).json()
    assert shared.post("/api/jobs/", {"limit": 1}).status_code == 201
    assert shared.post(f"/api/jobs/{job_id}/retry/").status_code == 201
    assert shared.delete(f"/api/jobs/{job_id}/").status_code == 204
    assert shared.get("/flags//").status_code == 404
