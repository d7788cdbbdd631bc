"""Who may ask for what, and what browsers may do with the answers."""

import re
import socket
from collections.abc import Callable, Iterator
from functools import partial
from http.client import HTTPResponse
from itertools import product
from typing import NoReturn
from urllib.parse import urlsplit

import pytest
import requests
from flask import Flask

from flagdl.web.assets import static_url_path
from tests.support.here import DashboardHere, LastingOrigin
from tests.support.problems import problem
from tests.support.running import GIF, ROOT, WITHIN, RunningDashboard, wait_for

A_SCRIPT = f"{static_url_path()}/js/lib/dom.js"

# One of every kind of answer: pages, JSON, static files, images, errors, no content.
ANSWERS = [
    ("GET", "/", 200),
    ("GET", "/jobs", 200),
    ("GET", "/gallery", 200),
    ("GET", "/healthz", 200),
    ("GET", "/api/jobs", 200),
    ("GET", "/api/countries", 200),
    ("GET", A_SCRIPT, 200),
    ("HEAD", "/", 200),
    ("OPTIONS", "/api/jobs", 200),
    ("GET", "/flags/fr.gif", 200),
    ("GET", "/api/flags.zip", 200),
    ("GET", "/nope", 404),
    ("GET", "/static/nope", 404),
    ("GET", "/api/nope", 404),
    ("GET", "/flags/zz.gif", 404),
    ("POST", "/api/jobs", 415),
    ("DELETE", "/api/jobs", 405),
    ("GET", "/ws/jobs/1", 400),
    ("DELETE", "/api/flags/AA", 204),
]
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
CHANGES = [
    ("POST", "/api/jobs"),
    ("POST", "/api/jobs/999999/cancel"),
    ("POST", "/api/jobs/999999/retry"),
    ("DELETE", "/api/jobs/999999"),
    ("DELETE", "/api/flags/ZZ"),
    ("DELETE", "/api/flags?cc=1"),
    ("POST", "/api/flags/ZZ/restore"),
    ("POST", "/api/flags/restore?cc=1"),
]
STRANGERS = [
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://["},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://127.0.0.1"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "nonsense"},
]


def ask(
    dashboard: RunningDashboard, method: str, path: str, headers: dict[str, str] | None = None
) -> requests.Response:
    return requests.request(method, dashboard.url + path, headers=headers, timeout=WITHIN)


def ask_raw(dashboard: RunningDashboard, target: str, *headers: str) -> bytes:
    """Send a request line exactly as it is written, and return the answer's head."""
    parts = urlsplit(dashboard.url)
    lines = [f"GET {target} HTTP/1.1", *headers, "Connection: close", "", ""]
    with socket.create_connection((str(parts.hostname), parts.port), WITHIN) as client:
        client.sendall("\r\n".join(lines).encode())
        answer = b""
        while data := client.recv(65536):
            answer += data
    return answer


def assert_protected(response: requests.Response) -> None:
    for name, value in HEADERS.items():
        assert response.headers[name] == value
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy
    assert not [name for name in response.headers if name.startswith("Access-Control-")]


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_every_answer_is_protected(
    nothing_saved: RunningDashboard, method: str, path: str, status: int
) -> None:
    nothing_saved.downloads.mkdir(exist_ok=True)
    for accept in ("*/*", "text/html"):
        for name in ("fr", "aa"):
            nothing_saved.downloads.joinpath(f"{name}.gif").write_bytes(GIF)
        response = ask(nothing_saved, method, path, {"Accept": accept, "Origin": nothing_saved.url})
        assert response.status_code == status
        assert_protected(response)


# The server itself refuses these, before the app sees them.
BAD_HTTP = [
    ("GET {} HTTP/1.1\r\n", 400),
    ("GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\nA b: c\r\n", 400),
    ("GET {} HTTP/2.0\r\nHost: 127.0.0.1\r\n", 505),
    ("HEAD {} HTTP/2.0\r\nHost: 127.0.0.1\r\n", 505),
    ("GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: gzip\r\n", 501),
    ("GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: " + "a" * (200 * 1024) + "\r\n", 431),
]


@pytest.mark.parametrize(("head", "status"), BAD_HTTP)
def test_answers_to_what_is_no_request_are_like_all_others(
    shared: RunningDashboard, head: str, status: int
) -> None:
    at = urlsplit(shared.url)
    for target, accept, kind in (
        ("/jobs", "text/html", "text/html"),
        ("/jobs", "*/*", "application/problem+json"),
        ("/api/jobs", "text/html", "application/problem+json"),
    ):
        with socket.create_connection((str(at.hostname), at.port), WITHIN) as client:
            # Accept comes before the part that is too long, so the server reads it.
            first, rest = head.format(target).split("\r\n", 1)
            client.sendall(f"{first}\r\nAccept: {accept}\r\n{rest}\r\n".encode())
            answer = HTTPResponse(client, method=head.split()[0])
            answer.begin()
            body = answer.read().decode()
        assert answer.status == status
        assert answer.headers["Connection"] == "close"
        assert answer.headers["Content-Type"].startswith(kind)
        for name, value in HEADERS.items():
            assert answer.headers[name] == value
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert str(status) in body or head.startswith("HEAD ")


EVIL = "evil.example"


@pytest.mark.parametrize(
    ("path", "host"),
    [
        *product(["/", "/api/jobs", A_SCRIPT, "/nope", "/flags/fr.gif", "/healthz"], [EVIL]),
        *product(["/"], [f"127.0.0.1.{EVIL}", f"{EVIL}:80", "[x", "[::2]", "[::1]x"]),
    ],
)
def test_foreign_hosts(shared: RunningDashboard, path: str, host: str) -> None:
    for accept in ("*/*", "text/html"):
        response = ask(shared, "GET", path, {"Host": host, "Accept": accept})
        assert response.status_code == 400
        assert_protected(response)


@pytest.mark.parametrize(
    "host", ["localhost", "LocalHost:1", "127.0.0.1", "127.0.0.1:80", "[::1]", "[::1]:8000"]
)
def test_hosts_of_this_computer(shared: RunningDashboard, host: str) -> None:
    assert ask(shared, "GET", "/healthz", {"Host": host}).ok


def break_pages(app: Flask) -> None:
    def fail(error: Exception) -> NoReturn:
        raise error

    for path, error in {
        "/bug": ZeroDivisionError("division by zero"),
        "/memory": MemoryError(),
        "/disk": OSError(5, "Input/output error", "a/file.gif"),
    }.items():
        app.add_url_rule(path, path, partial(fail, error))


@pytest.fixture(scope="module")
def configured(
    tmp_path_factory: pytest.TempPathFactory, origin: LastingOrigin
) -> Iterator[RunningDashboard]:
    """A dashboard with a bug, set up by its operator to be behind a proxy.

    Each test makes its changes from an address of its own.
    """
    directory = tmp_path_factory.mktemp("configured")
    hosts = "flags.example, .lan.example, [fd00::7]"
    with DashboardHere(
        directory, origin, break_pages, proxies=1, trusted_hosts=hosts, changes_a_minute=3
    ) as dashboard:
        yield dashboard


def test_hosts_that_the_operator_trusts(configured: RunningDashboard) -> None:
    for host in ("flags.example", "tv.lan.example:8000", "[fd00::7]:8000"):
        assert ask(configured, "GET", "/healthz", {"Host": host}).ok
    for host in ("evil.example", "[fd00::8]", "[fd00:"):
        assert ask(configured, "GET", "/healthz", {"Host": host}).status_code == 400


def test_the_address_that_it_says_it_listens_at(start_here: Callable[..., DashboardHere]) -> None:
    dashboard = start_here(host="127.0.0.2")
    assert dashboard.url.startswith("http://127.0.0.2:")
    assert dashboard.get("/healthz").ok


def test_a_proxy_is_believed_where_the_operator_says_so(configured: RunningDashboard) -> None:
    forwarded = {"X-Forwarded-Host": "flags.example", "X-Forwarded-Proto": "https"}
    ours = {**forwarded, "Origin": "https://flags.example"}
    for address, status in ((1, 201), (1, 201), (1, 201), (2, 201), (1, 429)):
        headers = {**ours, "X-Forwarded-For": f"10.0.0.{address}"}
        assert configured.post("/api/jobs", {"limit": 1}, headers=headers).status_code == status
    evil = {**forwarded, "X-Forwarded-Host": "evil.example"}
    assert configured.get("/", headers=evil).status_code == 400


def test_too_many_changes_in_a_minute_are_refused_and_reading_goes_on(
    configured: RunningDashboard,
) -> None:
    answers = [configured.post("/api/jobs", {"limit": 1}) for _ in range(4)]
    assert [each.status_code for each in answers] == [201, 201, 201, 429]
    assert "3 a minute are allowed" in problem(answers[-1], 429)
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    assert all(configured.get("/api/jobs").ok for _ in range(10))


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        *((*change, STRANGERS[0]) for change in CHANGES),
        *((*CHANGES[0], stranger) for stranger in STRANGERS[1:]),
    ],
)
def test_strangers_change_nothing(
    shared: RunningDashboard, method: str, path: str, headers: dict[str, str]
) -> None:
    response = ask(shared, method, path, headers)
    assert response.status_code == 403
    assert response.json()["title"] == "Forbidden"
    assert_protected(response)


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_programs_and_our_own_pages_may(
    nothing_saved: RunningDashboard, method: str, path: str
) -> None:
    for headers in ({}, {"Origin": nothing_saved.url, "Sec-Fetch-Site": "same-origin"}):
        assert ask(nothing_saved, method, path, headers).status_code in (404, 415)


def test_a_stranger_may_read_nothing_but_gets_no_help(shared: RunningDashboard) -> None:
    response = ask(shared, "GET", "/api/jobs", {"Origin": "http://evil.example"})
    assert_protected(response)  # no CORS header, so the stranger's page can't see it
    preflight = {"Origin": "http://evil.example", "Access-Control-Request-Method": "DELETE"}
    assert_protected(ask(shared, "OPTIONS", "/api/jobs/1", preflight))


@pytest.mark.parametrize(
    "target",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static/%252e%252e/app.py",
        "/static/..\\app.py",
        "/static/%5c..%5capp.py",
        "/static//etc/passwd",
        "/static/%2fetc/passwd",
        f"{static_url_path()}/js/%00",
        "/flags/../../app.py",
        "/flags/..%2f..%2fapp.gif",
        "/flags/%2e%2e.gif",
        "/flags/fr.gif/../../../app.py",
    ],
)
def test_paths_that_climb(shared: RunningDashboard, target: str) -> None:
    host = urlsplit(shared.url).netloc
    answer = ask_raw(shared, target, f"Host: {host}")
    assert answer.split()[1] in (b"404", b"308")
    assert b"create_app" not in answer
    assert b"root:" not in answer


def test_what_a_proxy_would_say_is_ignored(shared: RunningDashboard) -> None:
    headers = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": "10.0.0.1",
        "X-Forwarded-Prefix": "/evil",
        "Forwarded": "host=evil.example",
        "X-Script-Name": "/evil",
    }
    response = ask(shared, "GET", "/", headers)
    assert response.ok
    assert "evil.example" not in response.text
    assert "/evil" not in response.text
    # These headers give no access, either: the host is still the one that was asked.
    stranger = {**headers, "Origin": "http://evil.example"}
    assert ask(shared, "POST", "/api/jobs", stranger).status_code == 403


def test_links_out_of_the_directory_are_not_followed(nothing_saved: RunningDashboard) -> None:
    nothing_saved.downloads.mkdir(exist_ok=True)
    link = nothing_saved.downloads / "qq.gif"
    link.symlink_to(ROOT / "app.py")
    try:
        assert nothing_saved.get("/flags/qq.gif").status_code == 404
        assert nothing_saved.get("/api/flags.zip?cc=QQ").status_code == 404
        assert "QQ" not in [flag["cc"] for flag in nothing_saved.get("/api/flags").json()["flags"]]
    finally:
        link.unlink()


def test_a_bug_is_a_problem_with_a_number_and_no_traceback(configured: RunningDashboard) -> None:
    for accept, kind in (("*/*", "application/problem+json"), ("text/html", "text/html")):
        response = ask(configured, "GET", "/bug", {"Accept": accept})
        assert response.status_code == 500
        assert response.headers["Content-Type"].startswith(kind)
        assert "ZeroDivisionError" not in response.text
        assert_protected(response)
        number = re.search(r"[0-9a-f]{8}", response.text.partition("describes it as error")[2])
        assert number
        wait_for(partial(is_logged, configured, number[0]))
    wait_for(partial(is_logged, configured, "ZeroDivisionError"))


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/memory", "no memory left"),
        ("/disk", "what this needs: Input/output error."),
    ],
)
def test_a_system_that_is_short_of_something_is_no_bug(
    configured: RunningDashboard, path: str, reason: str
) -> None:
    response = ask(configured, "GET", path)
    assert reason in problem(response, 503)
    assert response.headers["Retry-After"]


def test_what_the_system_could_not_do_is_logged_with_its_file(configured: RunningDashboard) -> None:
    ask(configured, "GET", "/disk")
    wait_for(partial(is_logged, configured, "a/file.gif"))


def is_logged(dashboard: RunningDashboard, text: str) -> bool:
    return any(text in line for line in dashboard.log)
