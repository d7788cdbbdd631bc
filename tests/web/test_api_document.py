"""The API's description is complete and matches what the API answers."""

import copy
import html
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from flagdl.model.codes import POP20_CC
from flagdl.model.events import FlagResult
from flagdl.model.job import Item
from flagdl.model.spec import OPTIONS
from flagdl.web.api.calls import call_of
from flagdl.web.api.flags import flags
from flagdl.web.api.jobs import api
from flagdl.web.api.options import OPTIONS as DESCRIBED_OPTIONS
from flagdl.web.api.share import share
from flagdl.web.api.websocket import live
from tests.support.running import ROOT, WITHIN, FlagGate, RunningDashboard


class Description:
    """The description that a dashboard gives of itself."""

    def __init__(self, dashboard: RunningDashboard) -> None:
        self.dashboard = dashboard
        self.data: dict[str, Any] = dashboard.get("/api/openapi.json").json()
        # Here, every field of an answer must be in the description.
        self._schemas = copy.deepcopy(self.data["components"]["schemas"])
        for schema in self._schemas.values():
            if "properties" in schema:
                schema["additionalProperties"] = False

    def check(self, value: Any, schema: dict[str, Any]) -> None:
        """Check that a value is as a schema says."""
        Draft202012Validator({"components": {"schemas": self._schemas}, **schema}).validate(value)

    def get(self, path: str, **values: Any) -> Any:
        """GET the path of a call, check the answer, and return it."""
        response = self.dashboard.get(path.format(**values))
        [content] = self.answer(path, str(response.status_code))["content"].values()
        self.check(response.json(), content["schema"])
        return response.json()

    def answer(self, path: str, status: str) -> dict[str, Any]:
        found: dict[str, Any] = self.data["paths"][path.partition("?")[0]]["get"]["responses"][
            status
        ]
        return found


@pytest.fixture(scope="module")
def described(shared: RunningDashboard) -> Description:
    return Description(shared)


def test_the_description_is_valid(described: Description) -> None:
    OpenAPIV31SpecValidator(described.data).validate()
    assert described.data["servers"] == [{"url": described.dashboard.url}]


def test_every_call_is_described() -> None:
    app = Flask(__name__, static_folder=None)
    for blueprint in (api, flags, share, live):
        app.register_blueprint(blueprint)
    for rule in app.url_map.iter_rules():
        call = call_of(app.view_functions[rule.endpoint])
        assert call, rule
        in_path = {parameter.name for parameter in call.parameters if parameter.place == "path"}
        assert in_path == rule.arguments, rule


def test_every_option_and_field_is_described() -> None:
    assert tuple(DESCRIBED_OPTIONS["properties"]) == (*OPTIONS, "after")
    assert list(Item.__annotations__) == [*FlagResult.__annotations__, "returned"]
    for example in DESCRIBED_OPTIONS["examples"]:
        Draft202012Validator(DESCRIBED_OPTIONS).validate(example)


def test_jobs_are_as_described(
    gated: RunningDashboard, gate: FlagGate, described: Description
) -> None:
    job_id = gated.submit(codes=["FR", "BR"], server="GATE", max_req=1)
    with gated.watch(job_id) as ws:
        messages = [json.loads(ws.recv(WITHIN))]
        assert described.get("/api/jobs/{job_id}", job_id=job_id)["ended"] is False
        gate.open()
        messages += map(json.loads, ws)
    [content] = described.answer("/ws/jobs/{job_id}", "101")["content"].values()
    for message in messages:
        described.check(message, content["schema"])
    assert {message["type"] for message in messages} == {"snapshot", "heartbeat", "events"}

    failed = gated.submit(codes=["b"], server="ERROR")
    unheard = gated.submit(codes=["FR"], server="LAB", delay=0, errors=1)
    for ended in (job_id, failed, unheard):
        gated.finished(ended)
        described.get("/api/jobs/{job_id}", job_id=ended)
        events = described.get("/api/jobs/{job_id}/events", job_id=ended)["events"]
        assert {event["type"] for event in events} == {
            "job_started", "flag_started", "flag_done", "flag_returned", "job_finished",
        }  # fmt: skip
        log = described.get("/api/jobs/{job_id}/log.json", job_id=ended)
        assert log["events"] == events
        described.get("/api/jobs/{job_id}/trace.json", job_id=ended)
    described.get("/api/jobs?limit=100")
    described.get("/api/jobs?limit=0")
    described.get("/api/jobs/{job_id}", job_id="none")


def test_flags_and_choices_are_as_described(
    nothing_saved: RunningDashboard, described: Description
) -> None:
    nothing_saved.finished(nothing_saved.submit(codes=["FR"]))
    (nothing_saved.downloads / "aa.gif").write_bytes(
        (nothing_saved.downloads / "fr.gif").read_bytes()
    )
    assert len(described.get("/api/flags")["flags"]) == 2
    described.get("/api/flags/images?cc=FR")
    described.get("/api/flags/images?cc=F")
    for path in ("/api/countries", "/api/servers", "/api/strategies", "/api/openapi.json"):
        described.get(path)


def test_events_of_version_1_are_as_described(described: Description) -> None:
    event = {
        "type": "flag_done", "seq": 2, "t": 0.5, "returned": 0.5, "cc": "FR", "status": "ok",
        "detail": "OK", "bytes": 1, "attempts": 1, "worker": None, "started": None, "sent": None,
        "first_byte": None, "received": None, "finished": 0.5,
    }  # fmt: skip
    described.check(event, {"$ref": "#/components/schemas/Event"})


def test_the_client_of_the_readme_follows_a_job(shared: RunningDashboard) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    [client] = re.findall(r"```python\n(import json\n.+?)```", readme, re.DOTALL)
    address = shared.url.removeprefix("http://")
    program = client.replace("127.0.0.1:8000", address)
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=WITHIN
    )
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[0][1:] == ["job_started"]
    returned = [cc for _, kind, *cc in lines if kind == "flag_returned"]
    assert returned == [[cc] for cc in sorted(POP20_CC)]  # in the order of the codes, by map
    assert lines[-1][1:] == ["job_finished"]


# The page


def commands(dashboard: RunningDashboard) -> list[str]:
    """Return the commands that /api prints."""
    page = dashboard.get("/api").text
    return [html.unescape(text) for text in re.findall(r"<pre><code>(.*?)</code>", page, re.DOTALL)]


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl (apt install curl)")
def test_the_commands_of_the_page_work_as_printed(
    dashboard: RunningDashboard, tmp_path: Path
) -> None:
    first, *others = commands(dashboard)

    def run(command: str) -> str:
        arguments = [*shlex.split(command), "--fail-with-body", "--silent", "--show-error"]
        return subprocess.run(
            arguments, cwd=tmp_path, check=True, capture_output=True, text=True, timeout=WITHIN
        ).stdout

    counts = dashboard.finished(json.loads(run(first))["id"])["counts"]
    assert (counts["ok"], counts["error"]) == (1, 1)  # there is something to keep and to retry
    # The command that deletes the job runs last. Only commands of curl are run.
    for command in sorted(others, key=lambda command: "DELETE" in command and "/jobs/" in command):
        if "compare" in command:
            dashboard.finished("2")
        if command.startswith("curl "):
            run(command)
    assert (tmp_path / "fr.gif").read_bytes() == (dashboard.downloads / "fr.gif").read_bytes()
    sources = [job["source"] for job in dashboard.get("/api/jobs").json()["jobs"]]
    assert sources == ["imported", "dashboard"]  # the second one is the retry


def test_the_page_compares_the_newest_jobs(dashboard: RunningDashboard) -> None:
    first, second = (dashboard.finished(dashboard.submit(codes=["FR"]))["id"] for _ in range(2))
    third = dashboard.submit(codes=["FR"])
    dashboard.delete(f"/api/jobs/{first}")
    [command] = [shlex.split(line) for line in commands(dashboard) if "compare" in line]
    address = f"{dashboard.url}/api/jobs/compare/share.html?job={second}&job={third}"
    assert command == ["curl", "-o", "share.html", address]


def test_the_page_has_every_call_and_every_schema(described: Description) -> None:
    page = described.dashboard.get("/api").text
    for path, operations in described.data["paths"].items():
        for method in operations:
            assert f"<code>{method.upper()} {path}</code>" in page
    anchors = set(re.findall(r'id="(\w+)"', page))
    assert described.data["components"]["schemas"].keys() < anchors
    assert set(re.findall(r'href="#(\w+)"', page)) <= anchors | {"main"}
