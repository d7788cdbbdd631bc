"""The API's JSON calls, tested on a running dashboard."""

import json
import math
import re
import socket
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flagdl.jobs.registry import MOST_EVENTS
from flagdl.model.codes import POP20_CC, countries
from flagdl.model.lab import SETTINGS
from flagdl.model.search import plain
from flagdl.model.spec import OPTIONS
from tests.support.problems import problem
from tests.support.running import BARE, WITHIN, FlagGate, RunningDashboard, wait_for

JOB_FIELDS = {
    "id", "state", "ended", "source", "retry_of", "after", "spec", "total", "concurrency", "counts",
    "returned", "retryable", "elapsed", "created_at", "seq", "report", "items", "detail", "site",
}  # fmt: skip
ITEM_FIELDS = {
    "cc", "status", "detail", "bytes", "attempts", "worker", "started", "sent",
    "first_byte", "received", "finished", "returned",
}  # fmt: skip
NUMBERS_THAT_ARE_NONE = ["true", "1.5", '"1_000"', '"١٢"', "-1", "0", "1001", "NaN", "1e400"]
NOT_CODES = ["../x", "fr\n", "ｆｒ", "fı", "fr\0", "", "a" * 10_000, " fr", "é", "ﬁ", "<b>"]


def post_raw(
    dashboard: RunningDashboard, body: bytes | str | Iterator[bytes], kind: str = "application/json"
) -> requests.Response:
    url = f"{dashboard.url}/api/jobs"
    headers = {"Content-Type": kind} if kind else {}
    return requests.post(url, data=body, headers=headers, timeout=WITHIN)


def seqs(dashboard: RunningDashboard, job_id: str, since: int = 0) -> list[int]:
    answer = dashboard.get(f"/api/jobs/{job_id}/events?since={since}").json()
    return [event["seq"] for event in answer["events"]]


# Jobs


def test_a_job_is_created_and_looks_as_agreed(shared: RunningDashboard) -> None:
    options = {
        "codes": ["br", "CN", "Br", "zz"],
        "server": "local",
        "strategy": "MAP",
        "max_req": 2,
        "limit": 2,
        "attempts": 1,
    }
    response = shared.post("/api/jobs", options)
    assert response.status_code == 201
    job = response.json()
    assert response.headers["Location"] == f"/api/jobs/{job['id']}"
    assert job["spec"] == {
        "codes": ["BR", "CN"], "server": "LOCAL", "strategy": "map", "max_req": 2, "attempts": 1,
    }  # fmt: skip
    finished = shared.finished(job["id"])
    for answer in (job, finished):
        assert set(answer) == JOB_FIELDS
        assert [set(item) for item in answer["items"]] == [ITEM_FIELDS, ITEM_FIELDS]
        assert set(answer["counts"]) == {"ok", "not_found", "error", "cancelled"}
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", answer["created_at"])
    assert finished["state"] == "finished"
    assert finished["counts"] == {"ok": 2, "not_found": 0, "error": 0, "cancelled": 0}
    for item in finished["items"]:
        assert item["bytes"] > 0
        assert 0 <= item["started"] <= item["first_byte"] <= item["finished"] <= finished["elapsed"]
    assert finished["report"].startswith("LOCAL site: http://127.0.0.1:")
    assert "2 flags downloaded." in finished["report"]


def test_lab_is_set_by_its_job(shared: RunningDashboard) -> None:
    settings = {"delay": 0.01, "spread": 1, "errors": 0.5, "seed": 7}
    job = shared.post("/api/jobs", {"codes": ["b"], "server": "LAB", **settings}).json()
    assert {name: job["spec"][name] for name in settings} == settings
    statuses = statuses_of(shared.finished(job["id"]))
    assert "error" in statuses.values()
    # Another strategy meets the same errors. A retry draws new ones.
    again = shared.submit(codes=["b"], server="LAB", strategy="sequential", **settings)
    assert statuses_of(shared.finished(again)) == statuses
    retried = shared.post(f"/api/jobs/{again}/retry").json()
    assert (job["retry_of"], retried["retry_of"]) == (None, again)
    assert retried["spec"]["seed"] == 8
    # A setting that is left out has the default from the list of servers.
    usual = shared.post("/api/jobs", {"codes": ["FR"], "server": "LAB"}).json()["spec"]
    [lab] = [row for row in shared.get("/api/servers").json()["servers"] if row["label"] == "LAB"]
    assert {name: usual[name] for name in settings} == {
        name: setting["default"] for name, setting in lab["settings"].items()
    }


def statuses_of(job: dict[str, Any]) -> dict[str, str]:
    return {item["cc"]: item["status"] for item in job["items"]}


@pytest.mark.parametrize(
    ("field", "number"),
    [*product(SETTINGS, ["-1"]), *product(["delay"], ["true", '"0.5"', "6e9", "NaN", "1e400"])],
)
def test_settings_of_lab_that_are_none(shared: RunningDashboard, field: str, number: str) -> None:
    response = post_raw(shared, f'{{"server": "LAB", "{field}": {number}}}')
    assert problem(response, 400, field).startswith(f"{field} must be a ")


@pytest.mark.parametrize("field", SETTINGS)
def test_settings_are_for_lab_only(shared: RunningDashboard, field: str) -> None:
    response = shared.post("/api/jobs", {"server": "DELAY", field: 1})
    assert problem(response, 400, field) == f"{field} is for the server LAB only"


def test_without_options_it_is_the_top_20(shared: RunningDashboard) -> None:
    job = shared.post("/api/jobs", {}).json()
    assert job["spec"] == {
        "codes": sorted(POP20_CC), "server": "LOCAL", "strategy": "as_completed",
        "max_req": 30, "attempts": 1,
    }  # fmt: skip
    assert shared.finished(job["id"])["counts"]["ok"] == 20


@pytest.mark.parametrize(("select", "total"), [("pop20", 20), ("all", 252), ("every", 676)])
def test_selections(shared: RunningDashboard, select: str, total: int) -> None:
    job_id = shared.submit(select=select, max_req=100)
    assert shared.job(job_id)["total"] == total
    shared.post(f"/api/jobs/{job_id}/cancel")
    job = shared.finished(job_id)
    assert sum(job["counts"].values()) == total


def test_a_letter_is_its_26_codes(shared: RunningDashboard) -> None:
    job = shared.finished(shared.submit(codes=["c"]))
    assert job["total"] == 26
    assert job["counts"]["not_found"] == 26 - sum(cc.startswith("C") for cc in countries())


@pytest.mark.parametrize(
    ("field", "number"),
    [*product(["limit"], NUMBERS_THAT_ARE_NONE), *product(["max_req", "attempts"], ["0"])],
)
def test_numbers_that_are_none(shared: RunningDashboard, field: str, number: str) -> None:
    response = post_raw(shared, f'{{"{field}": {number}}}')
    assert problem(response, 400, field).startswith(field)


def test_a_number_of_thousands_of_digits(shared: RunningDashboard) -> None:
    problem(post_raw(shared, f'{{"limit": {"9" * 5000}}}'), 400)


@pytest.mark.parametrize("code", NOT_CODES)
def test_codes_that_are_none(shared: RunningDashboard, code: str) -> None:
    problem(shared.post("/api/jobs", {"codes": ["FR", code]}), 400, "codes")


@given(code=st.text().filter(lambda text: not re.fullmatch("[a-zA-Z]{1,2}", text)))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_other_text_is_a_code(shared: RunningDashboard, code: str) -> None:
    problem(shared.post("/api/jobs", {"codes": [code]}), 400, "codes")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("codes", "FR"),
        ("codes", [1]),
        ("codes", {"FR": 1}),
        ("codes", [["FR"]]),
        ("select", "most"),
        ("select", ["all"]),
        ("server", "MOON"),
        ("server", "http://127.0.0.1:1/{cc}"),
        ("server", 1),
        ("strategy", "gevent"),
        ("strategy", True),
        ("url", "http://127.0.0.1"),
        ("<b>\r\nX: y", 1),
    ],
)
def test_options_that_cannot_be(shared: RunningDashboard, field: str, value: object) -> None:
    problem(shared.post("/api/jobs", {field: value}), 400, field)


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b"[]",
        b'"text"',
        b"1",
        b"{",
        b"",
        b'{"codes": ["\xff\xfe"]}',
        b"\xef\xbb\xbf\xff",
        b"[" * 16_000,
        b'{"codes":' + b"[" * 16_000,
        b'{"a":' * 3_000,
    ],
    ids=lambda body: repr(body[:12]),
)
def test_bodies_that_are_no_options(shared: RunningDashboard, body: bytes) -> None:
    problem(post_raw(shared, body), 400)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{"codes": []}', "codes"),
        ('{"select": "codes"}', "codes"),
        ('{"codes": ["BR"], "select": "all"}', "select"),
        ('{"codes": ["BR"], "codes": ["CN"]}', "codes"),
        ('{"limit": 1, "server": "LOCAL", "limit": 1}', "limit"),
        ('{"codes": [{"BR": 1, "BR": 2}]}', "BR"),
        ('{"server": "LOCAL", "seed": 1}', "seed"),
        ('{"after": "999999"}', "after"),
        ('{"after": ["1"]}', "after"),
    ],
)
def test_bodies_that_say_nothing_or_contradict_themselves(
    shared: RunningDashboard, body: str, field: str
) -> None:
    problem(post_raw(shared, body), 400, field)


@pytest.mark.parametrize(
    ("method", "path", "field"),
    [
        ("GET", "/api/jobs?limit=1&limit=2", "limit"),
        ("GET", "/api/jobs?limt=1", "limt"),
        ("GET", "/api/jobs?limit=", "limit"),
        ("POST", "/api/jobs?limit=1", "limit"),
        ("GET", "/api/jobs/1?since=1", "since"),
        ("GET", "/api/jobs/1/events?since=1&since=1", "since"),
        ("POST", "/api/jobs/1/retry?max_req=1", "max_req"),
        ("DELETE", "/api/jobs/1?force", "force"),
        ("GET", "/api/flags?cc=BR", "cc"),
        ("GET", "/api/countries?cc=BR", "cc"),
    ],
)
def test_queries_that_a_call_would_not_follow(
    shared: RunningDashboard, method: str, path: str, field: str
) -> None:
    problem(requests.request(method, shared.url + path, timeout=WITHIN), 400, field)


@pytest.mark.parametrize("query", ["since=1&since=2", "since=", "after=1"])
def test_queries_that_a_socket_would_not_follow(shared: RunningDashboard, query: str) -> None:
    headers = {"Connection": "Upgrade", "Upgrade": "websocket"}
    response = shared.get(f"/ws/jobs/1?{query}", headers=headers)
    problem(response, 400, query.partition("=")[0])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(
    body=st.dictionaries(
        st.sampled_from(OPTIONS) | st.text(max_size=5),
        json_values,
        max_size=4,
    )
)
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_is_posted_is_a_job_or_a_problem(
    shared: RunningDashboard, body: dict[str, Any]
) -> None:
    response = post_raw(shared, json.dumps(body))
    if response.status_code == 201:
        job_id = response.json()["id"]
        assert shared.post(f"/api/jobs/{job_id}/cancel").status_code == 202
    else:
        # The problem may also be at codes, which may be required and missing.
        assert response.json()["field"] in {*body, "codes"}
        problem(response, 400, response.json()["field"])


def test_a_body_over_16_kib(shared: RunningDashboard) -> None:
    body = b'{"codes": ["FR"]' + b" " * (16 * 1024) + b"}"
    problem(post_raw(shared, body), 413)
    chunks = (body[start : start + 1000] for start in range(0, len(body), 1000))
    problem(post_raw(shared, chunks), 413)

    fits = body.replace(b" " * 100, b"", 1)
    assert post_raw(shared, fits).status_code == 201


def test_a_chunk_whose_size_is_no_number(shared: RunningDashboard) -> None:
    at = urlsplit(shared.url)
    with socket.create_connection((at.hostname, at.port), WITHIN) as client:
        client.sendall(
            f"POST /api/jobs HTTP/1.1\r\nHost: {at.netloc}\r\nContent-Type: application/json\r\n"
            "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n{}\r\n0\r\n\r\n".encode()
        )
        answer = client.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"illegal chunk header" in answer


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_a_body_that_does_not_say_json(shared: RunningDashboard, kind: str) -> None:
    problem(post_raw(shared, b'{"codes": ["FR"]}', kind), 415)


def test_the_list_comes_newest_first_and_page_by_page(shared: RunningDashboard) -> None:
    ids = [shared.submit(codes=["FR"]) for _ in range(5)]
    jobs = shared.get("/api/jobs?limit=3").json()["jobs"]
    assert [job["id"] for job in jobs] == ids[:1:-1]
    older = shared.get(f"/api/jobs?limit=2&before={jobs[-1]['id']}").json()["jobs"]
    assert [job["id"] for job in older] == ids[1::-1]
    assert set(jobs[0]) == JOB_FIELDS - {"report", "items", "detail", "site"}
    for job_id in ids:
        shared.finished(job_id)
    everything = shared.get("/api/jobs?limit=100").json()["jobs"]
    assert len(everything) <= 100


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "limit=-1", "limit=1.5", "limit=１",
                                   "before=x", "before=-1", "before=" + "9" * 30])  # fmt: skip
def test_pages_that_are_none(shared: RunningDashboard, query: str) -> None:
    problem(shared.get(f"/api/jobs?{query}"), 400, query.partition("=")[0])


def test_the_log_replays_without_a_gap(shared: RunningDashboard) -> None:
    job_id = shared.submit(select="pop20")
    job = shared.finished(job_id)
    assert seqs(shared, job_id) == list(range(1, job["seq"] + 1))
    assert job["seq"] == 2 + 3 * 20
    for since in (1, 7, job["seq"] - 1, job["seq"], job["seq"] + 5):
        assert seqs(shared, job_id, since) == list(range(since + 1, job["seq"] + 1))
    first, *_, last = shared.get(f"/api/jobs/{job_id}/events").json()["events"]
    assert first["type"] == "job_started"
    assert (last["type"], last["counts"]) == ("job_finished", job["counts"])
    problem(shared.get(f"/api/jobs/{job_id}/events?since=x"), 400, "since")


def test_the_log_of_a_running_job_is_as_long_as_it_says(
    gated: RunningDashboard, gate: FlagGate
) -> None:
    job_id = gated.submit(server="GATE", codes=["BR", "CN", "FR"])
    gate.let(1)
    wait_for(lambda: gated.job(job_id)["seq"] == 1 + 3 + 2)  # one has come back
    job = gated.job(job_id)
    assert (job["state"], job["counts"]["ok"]) == ("running", 1)
    assert seqs(gated, job_id) == list(range(1, job["seq"] + 1))
    problem(gated.post(f"/api/jobs/{job_id}/retry"), 409)
    problem(gated.delete(f"/api/jobs/{job_id}"), 409)
    problem(gated.delete(f"/api/jobs/0{job_id}"), 404)
    assert gated.job(job_id)["state"] == "running"

    response = gated.post(f"/api/jobs/{job_id}/cancel")
    assert response.status_code == 202
    assert response.json()["id"] == job_id
    cancelled = gated.finished(job_id)
    assert cancelled["state"] == "cancelled"
    assert cancelled["counts"] == {"ok": 1, "not_found": 0, "error": 0, "cancelled": 2}

    gate.open()
    response = gated.post(f"/api/jobs/{job_id}/retry")
    assert response.status_code == 201
    retried = gated.finished(response.json()["id"])
    assert response.headers["Location"] == f"/api/jobs/{retried['id']}"
    assert retried["counts"]["ok"] == 2
    problem(gated.post(f"/api/jobs/{retried['id']}/retry"), 409)

    assert gated.delete(f"/api/jobs/{job_id}").status_code == 204
    for answer in (
        gated.get(f"/api/jobs/{job_id}"),
        gated.get(f"/api/jobs/{job_id}/events"),
        gated.delete(f"/api/jobs/{job_id}"),
    ):
        problem(answer, 404)


def test_after_a_crash_a_job_is_interrupted_and_can_be_resumed(
    start: Callable[..., RunningDashboard], gate: FlagGate
) -> None:
    dashboard = start(program=BARE, max_running=1)
    gate.let(1)
    done = dashboard.submit(server="GATE", codes=["FR"])
    before = dashboard.finished(done)
    running = dashboard.submit(server="GATE", codes=["BR", "CN", "IN", "US"], max_req=2)
    waiting = dashboard.submit(server="GATE", codes=["DE"])
    gate.let(1)
    wait_for(lambda: dashboard.job(running)["counts"]["ok"] == 1)
    logged = seqs(dashboard, running)  # reading the log waits until it is written
    dashboard.kill()
    dashboard.start()
    assert dashboard.job(done) == before
    for job_id in (running, waiting):
        job = dashboard.job(job_id)
        assert job["state"] == "interrupted"
        assert sum(job["counts"].values()) == job["total"]
    numbers = seqs(dashboard, running)
    assert numbers[: len(logged)] == logged == list(range(1, len(logged) + 1))
    # A page may have seen events that were not logged. It notices the gap in the numbers.
    assert numbers[len(logged) :] == [
        MOST_EVENTS + n for n in range(len(logged) + 1, len(numbers) + 1)
    ]
    assert dashboard.job(running)["counts"]["ok"] == 1
    gate.open()
    retried = dashboard.post(f"/api/jobs/{running}/retry").json()
    assert dashboard.finished(retried["id"])["counts"]["ok"] == 3
    saved = {path.name for path in dashboard.downloads.iterdir()}
    assert saved == {"br.gif", "cn.gif", "fr.gif", "in.gif", "us.gif"}


# Flags: test_flags_api.py has the other tests


@pytest.mark.parametrize("cc", ["f", "fra", "f1", "%2e%2e", "..%2fx", "fr%00", "f%C4%B1", "fr%0a"])
def test_no_flag_has_such_a_code(shared: RunningDashboard, cc: str) -> None:
    problem(shared.get(f"/flags/{cc}.gif"), 404)
    assert shared.delete(f"/api/flags/{cc}").status_code == 404
    assert shared.get(f"/api/flags.zip?cc={cc}").status_code == 404


# What the form offers


def test_countries(shared: RunningDashboard) -> None:
    answer = shared.get("/api/countries").json()
    rows = answer["countries"]
    assert {row["cc"] for row in rows} == set(countries())
    names = [row["name"] for row in rows]
    assert names == sorted(names, key=plain)
    assert names.index("Åland Islands") < names.index("Albania")
    assert set(rows[0]) == {"cc", "name", "capital", "continent"}
    assert answer["pop20"] == sorted(POP20_CC)


def test_servers(shared: RunningDashboard) -> None:
    answer = shared.get("/api/servers").json()
    assert {row["label"]: row["attempts"] for row in answer["servers"]} == {
        "LOCAL": 1, "DELAY": 1, "ERROR": 1, "LAB": 1, "REMOTE": 3, "GATE": 3,
    }  # fmt: skip
    with_settings = [row for row in answer["servers"] if "settings" in row]
    assert [row["label"] for row in with_settings] == ["LAB"]
    assert with_settings[0]["settings"] == {
        "delay": {"most": 5, "default": 0.5},
        "spread": {"most": 1, "default": 0.5},
        "errors": {"most": 1, "default": 0.1},
        "seed": {"most": 999_999_999, "default": 1},
    }
    assert answer["default"] == "LOCAL"


def test_strategies(shared: RunningDashboard) -> None:
    answer = shared.get("/api/strategies").json()
    assert {row["name"] for row in answer["strategies"]} == {
        "sequential", "map", "as_completed", "asyncio",
    }  # fmt: skip
    assert all("yield" in row["source"] and row["summary"] for row in answer["strategies"])
    assert answer["default"] == "as_completed"


# What isn't there


@pytest.mark.parametrize(
    "path",
    ["/api/nope", "/api/jobs/999999", "/api/jobs/x", "/api/jobs/1%00", "/api/jobs/999999/events"],
)
def test_unknown_paths(shared: RunningDashboard, path: str) -> None:
    problem(shared.get(path), 404)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/jobs/999999/cancel"),
        ("POST", "/api/jobs/999999/cancel-chain"),
        ("POST", "/api/jobs/999999/retry"),
        ("DELETE", "/api/jobs/999999"),
    ],
)
def test_changes_to_an_unknown_job(shared: RunningDashboard, method: str, path: str) -> None:
    problem(requests.request(method, shared.url + path, timeout=WITHIN), 404)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/api/jobs"),
        ("PUT", "/api/jobs"),
        ("POST", "/api/jobs/1"),
        ("GET", "/api/jobs/1/cancel"),
        ("GET", "/api/jobs/1/retry"),
        ("GET", "/api/flags/FR"),
        ("POST", "/api/flags"),
        ("POST", "/api/countries"),
    ],
)
def test_wrong_methods(shared: RunningDashboard, method: str, path: str) -> None:
    response = requests.request(method, shared.url + path, timeout=WITHIN)
    problem(response, 405)
    assert method not in response.headers["Allow"]


def test_numbers_are_numbers_in_every_json_reader(shared: RunningDashboard) -> None:
    job = shared.finished(shared.submit(codes=["FR"]))
    assert math.isfinite(job["elapsed"])
    assert "NaN" not in shared.get(f"/api/jobs/{job['id']}").text
