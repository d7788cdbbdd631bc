"""An ended job is saved as files, and the log of another dashboard is imported."""

import json
import re
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from html import unescape
from typing import Any

import pytest
import requests

from flagdl.model.log import MOST_BYTES
from flagdl.web.pages.share import LARGEST
from tests.support.here import DashboardHere
from tests.support.problems import problem
from tests.support.running import GIF, WITHIN, FlagGate, RunningDashboard
from tests.unit.model.test_log import log_of_two
from tests.unit.model.test_trace import check_format

FILES = ("trace.json", "log.json", "share.html")


def test_a_trace_has_every_download_and_every_result(shared: RunningDashboard) -> None:
    for strategy, worker in (("map", "worker"), ("asyncio", "slot")):
        job_id = shared.submit(codes=["b"], server="ERROR", strategy=strategy, max_req=5)
        job = shared.finished(job_id)
        response = shared.get(f"/api/jobs/{job_id}/trace.json")
        assert response.headers["Content-Type"] == "application/json"
        events = response.json()["traceEvents"]
        check_format(events)
        downloads = [event for event in events if event.get("cat") == "download"]
        assert {e["name"]: e["args"]["status"] for e in downloads} == {
            item["cc"]: item["status"] for item in job["items"]
        }
        assert len([event for event in events if event["ph"] == "i"]) == job["returned"] == 26
        names = {event["args"]["name"] for event in events if event["name"] == "thread_name"}
        assert names == {"main thread", *(f"{worker} {number}" for number in range(5))}


def test_files_are_saved_and_not_shown(shared: RunningDashboard) -> None:
    job_id = shared.submit(codes=["FR"])
    shared.finished(job_id)
    for file in FILES:
        response = shared.get(f"/api/jobs/{job_id}/{file}")
        name = rf"attachment; filename=flagdl-{job_id}[.\w]*\.{file.rpartition('.')[2]}"
        assert re.fullmatch(name, response.headers["Content-Disposition"])
        assert response.headers["Cache-Control"] == "no-store"


def test_only_what_has_ended_can_be_taken_elsewhere(
    gated: RunningDashboard, gate: FlagGate
) -> None:
    job_id = gated.submit(codes=["FR"], server="GATE")
    for file in FILES:
        assert "not ended" in problem(gated.get(f"/api/jobs/{job_id}/{file}"), 409)
        assert "no job 0" in problem(gated.get(f"/api/jobs/0/{file}"), 404)


def test_a_page_is_one_file_of_less_than_400_kb(shared: RunningDashboard) -> None:
    lab = {"server": "LAB", "delay": 0, "errors": 0.25}
    for options in ({"select": "every", **lab}, {"select": "all"}):
        job_id = shared.submit(**options, max_req=50)
        shared.finished(job_id)
        page = shared.get(f"/api/jobs/{job_id}/share.html")
        assert len(page.content) < LARGEST
        # The page loads nothing from a server.
        assert not re.findall(r"""(?:src|href)=["'](?!#)|url\((?!["']?data:)|@import""", page.text)
        assert "://" not in page.text.replace("http://www.w3.org/", "")


def test_a_page_that_would_be_too_large_has_no_images(
    start_here: Callable[..., DashboardHere], monkeypatch: pytest.MonkeyPatch
) -> None:
    dashboard = start_here()
    job_id = dashboard.submit(codes=["BR", "FR"])
    dashboard.finished(job_id)
    whole = dashboard.get(f"/api/jobs/{job_id}/share.html").content
    monkeypatch.setattr("flagdl.web.pages.share.LARGEST", len(whole))
    assert len(dashboard.get(f"/api/jobs/{job_id}/share.html").content) < len(whole) - len(GIF)


def test_a_comparison_is_one_file_or_refused(
    start_here: Callable[..., DashboardHere], gate: FlagGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    dashboard = start_here()
    first = dashboard.submit(select="pop20")
    dashboard.finished(first)
    log = log_of(dashboard, first)
    small = [first, *(dashboard.post("/api/jobs/import", log).json()["id"] for _ in range(7))]
    page = compared(dashboard, *small)
    assert len(page.content) < LARGEST
    assert page.text.count('<h3><span class="letter">') == 2 * 8  # in both languages
    assert not re.findall(r"""(?:src|href)=["'](?!#)""", page.text)
    assert "two to 8" in problem(compared(dashboard, first, first), 400, "job")
    assert "no job 0" in problem(compared(dashboard, first, "0"), 404)
    runs = dashboard.submit(codes=["FR"], server="GATE")
    assert "not ended" in problem(compared(dashboard, first, runs), 409)
    monkeypatch.setattr("flagdl.web.pages.share.LARGEST", len(page.content) - 1)
    assert "fewer jobs" in problem(compared(dashboard, *small), 409)


def compared(dashboard: RunningDashboard, *jobs: str) -> requests.Response:
    query = "&".join(f"job={job_id}" for job_id in jobs)
    return dashboard.get(f"/api/jobs/compare/share.html?{query}")


def test_the_policy_of_a_page_names_what_may_run(shared: RunningDashboard) -> None:
    job_id = shared.submit(codes=["FR"])
    shared.finished(job_id)
    page = shared.get(f"/api/jobs/{job_id}/share.html").text
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    rules = dict(rule.split(" ", 1) for rule in unescape(policy).split("; "))
    elements = r"<(script|style)(?: type=\"(?:importmap|module)\")?>(.*?)</\1>"
    hashes = [
        "'sha256-" + b64encode(sha256(text.encode()).digest()).decode() + "'"
        for _, text in re.findall(elements, page, re.DOTALL)
    ]
    assert rules["style-src"] == hashes[0]
    assert rules["script-src"].split() == ["data:", *hashes[1:]]
    assert rules["default-src"] == "'none'"


# Logs of another flagdl


def log_of(dashboard: RunningDashboard, job_id: str) -> dict[str, Any]:
    log: dict[str, Any] = dashboard.get(f"/api/jobs/{job_id}/log.json").json()
    return log


def import_bytes(dashboard: RunningDashboard, data: bytes) -> requests.Response:
    return requests.post(
        f"{dashboard.url}/api/jobs/import",
        data=data,
        headers={"Content-Type": "application/json"},
        timeout=WITHIN,
    )


def import_by_form(
    dashboard: RunningDashboard, data: bytes, token: str = "", **headers: str
) -> requests.Response:
    return requests.post(
        f"{dashboard.url}/jobs/import",
        data={"token": token},
        files={"log": ("log.json", data)},
        headers={"Accept": "text/html", **headers},
        allow_redirects=False,
        timeout=WITHIN,
    )


def test_an_imported_job_is_the_same_and_says_that_it_is_imported(
    shared: RunningDashboard,
) -> None:
    for options in (
        {"codes": ["b"], "limit": 9, "server": "ERROR", "strategy": "map", "max_req": 7},
        {"codes": ["c"], "limit": 9, "server": "LAB", "delay": 0, "strategy": "asyncio"},
        {"codes": ["FR", "ZZ"], "strategy": "sequential"},
    ):
        job_id = shared.submit(**options)
        done = shared.finished(job_id)
        response = shared.post("/api/jobs/import", log_of(shared, job_id))
        assert response.status_code == 201
        imported = response.json()
        assert response.headers["Location"] == f"/api/jobs/{imported['id']}"
        assert imported["source"] == "imported"
        same = {"id": imported["id"], "source": "imported"}
        assert imported == shared.job(imported["id"]) == {**done, **same}
        assert (
            shared.get(f"/api/jobs/{imported['id']}/events").json()
            == shared.get(f"/api/jobs/{job_id}/events").json()
        )
        assert log_of(shared, imported["id"])["events"] == log_of(shared, job_id)["events"]
        for page in (f"/jobs/{imported['id']}", "/jobs"):
            assert "imported" in shared.get(page).text


def test_an_imported_job_stays_and_is_never_run(start_here: Callable[..., DashboardHere]) -> None:
    dashboard = start_here()
    imported = dashboard.post("/api/jobs/import", log_of_two()).json()
    dashboard.stop()
    dashboard.start()
    assert dashboard.job(imported["id"]) == imported
    # The import saved no flag here, and no flag is said to come from it.
    assert not dashboard.downloads.exists() or not list(dashboard.downloads.glob("*/*.gif"))
    later = dashboard.submit(codes=["BR"])
    dashboard.finished(later)
    dashboard.post("/api/jobs/import", log_of(dashboard, later))
    [flag] = dashboard.get("/api/flags").json()["flags"]
    assert flag["job"] == later


def test_what_failed_elsewhere_can_be_asked_for_here(shared: RunningDashboard) -> None:
    log = log_of_two()
    nowhere = shared.post("/api/jobs/import", log).json()
    assert "server must be one of" in problem(
        shared.post(f"/api/jobs/{nowhere['id']}/retry"), 400, "server"
    )
    log["job"]["spec"]["server"] = "LOCAL"
    imported = shared.post("/api/jobs/import", log).json()
    retried = shared.post(f"/api/jobs/{imported['id']}/retry").json()
    assert (retried["retry_of"], retried["source"]) == (imported["id"], "dashboard")
    assert shared.finished(retried["id"])["counts"]["ok"] == 1


@pytest.mark.parametrize("data", [b"<!doctype html>", b'{"name": "of something else"}', b"[]"])
def test_a_file_that_is_no_log_is_answered_with_the_one_to_choose(
    shared: RunningDashboard, data: bytes
) -> None:
    page = import_by_form(shared, data, Cookie="language=ru")
    told = "Выберите файл, который сохранён через «Поделиться › Журнал для импорта»."
    assert f"Это не журнал задания. {told}" in page.text


def test_a_log_that_is_refused_changes_nothing(shared: RunningDashboard) -> None:
    before = shared.submit(codes=["FR"])
    log = log_of_two()
    whole = json.dumps(log).encode()
    refused = {
        b"[]": 422,
        whole[:-1]: 400,
        whole.replace(b"0.8", b"NaN"): 400,
        whole.replace(b'"version": 2', b'"version": 1'): 422,
        json.dumps({**log, "events": log["events"][:-1]}).encode(): 422,
        json.dumps({**log, "events": log["events"][::-1]}).encode(): 422,
        b'{"version": 2, "events": [' + b"{}," * 10**6 + b"{}]}": 422,
        whole.ljust(MOST_BYTES + 1): 413,
    }
    with shared.grows_less_than(300 * 2**20):
        for data, status in refused.items():
            assert problem(import_bytes(shared, data), status)
            page = import_by_form(shared, data)
            # A form may be longer than a log: a log with one byte too many is read, then refused.
            assert page.status_code == (422 if status == 413 else status)
            assert "<h1>" in page.text
    not_json = shared.post("/api/jobs/import", data=whole)
    assert "Content-Type" in problem(not_json, 415)
    assert shared.get("/api/jobs?limit=1").json()["jobs"][0]["id"] == before
    assert import_bytes(shared, whole.ljust(MOST_BYTES)).status_code == 201


def test_a_log_is_imported_by_a_form_once(shared: RunningDashboard) -> None:
    data = json.dumps(log_of_two()).encode()
    first = import_by_form(shared, data, "a")
    assert first.status_code == 303
    assert shared.get(first.headers["Location"]).status_code == 200
    assert import_by_form(shared, data, "a").headers["Location"] == first.headers["Location"]
    others = [import_by_form(shared, data + b" ", "a"), import_by_form(shared, data, "b")]
    assert first.headers["Location"] not in {other.headers["Location"] for other in others}
    assert import_by_form(shared, data, Origin="http://elsewhere.example").status_code == 403
    assert import_by_form(shared, b"").status_code == 400
