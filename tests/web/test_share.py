"""An ended job as files that are taken elsewhere, and a log that comes from elsewhere."""

import re

from tests.support.problems import problem
from tests.support.running import FlagGate, RunningDashboard
from tests.unit.model.test_trace import check_format

FILES = ("trace.json",)


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
