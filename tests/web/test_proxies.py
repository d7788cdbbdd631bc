"""The dashboard behind a proxy: at the root of a host, and below a path."""

import copy
import re
import shutil
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from websockets.exceptions import InvalidStatus

from tests.support.problems import problem
from tests.support.reverse_proxies import PREFIX, nginx, reverse_proxy
from tests.support.running import WITHIN, RunningDashboard, wait_for

TRUSTED = "flags.example"
BROWSER = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDashboard]:
    """A dashboard that trusts one proxy. A test can ask it directly, with a proxy's headers."""
    directory = tmp_path_factory.mktemp("behind")
    with RunningDashboard(directory, proxies=1, trusted_hosts=TRUSTED) as dashboard:
        yield dashboard


@pytest.fixture(scope="module", params=[PREFIX, ""], ids=["below a path", "at the root"])
def front(
    request: pytest.FixtureRequest,
    behind: RunningDashboard,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningDashboard]:
    """The same dashboard, asked through nginx, or through a small proxy where nginx is missing."""
    directory, prefix = tmp_path_factory.mktemp("proxy"), request.param
    ours = reverse_proxy(behind.url, {"X-Forwarded-Prefix": prefix}, prefix)
    with nginx(directory, behind.url, prefix) if shutil.which("nginx") else ours as url:
        through = copy.copy(behind)
        through.url = url
        yield through


def prefix_of(front: RunningDashboard) -> str:
    return urlsplit(front.url).path


def origin_of(front: RunningDashboard) -> str:
    return front.url.removesuffix(prefix_of(front))


def addresses(html: str) -> set[str]:
    """Return every address in a page, except those of a place in the same page."""
    found = re.findall(r'\b(?:href|src|action|formaction)="([^"]*)"', html)
    return {address.partition("#")[0].replace("&amp;", "&") for address in found} - {""}


def test_every_address_in_every_page_leads_somewhere(front: RunningDashboard) -> None:
    jobs = [front.submit(codes=["BR", "ZZ"], strategy=name) for name in ("map", "asyncio")]
    for job in jobs:
        front.finished(job)
    paths = ["/", "/jobs", "/gallery", "/api", f"/jobs/{jobs[0]}", "/jobs/nope",
             f"/jobs/compare?a={jobs[0]}&b={jobs[1]}"]  # fmt: skip
    found = set()
    for path in paths:
        page = front.get(path, headers=BROWSER)
        assert page.status_code == (404 if "nope" in path else 200)
        assert f'data-base="{prefix_of(front)}"' in page.text
        found |= addresses(page.text)
    assert all(address.startswith(f"{prefix_of(front)}/") for address in found)
    kinds = {"styles.css", "index.js", "favicon.svg", "icons.svg", "again", "preferences"}
    assert kinds <= {urlsplit(address).path.rpartition("/")[2] for address in found}
    with requests.Session() as session:
        session.trust_env = False
        # Modules are left out: a page logs an error if one is missing.
        for address in (each for each in found if not re.search("/js/(?!pages)", each)):
            url = origin_of(front) + address
            if session.get(url, timeout=WITHIN).status_code not in (200, 400):
                # The address of a form: its fields are missing, or it takes POST only.
                assert "POST" in session.options(url, timeout=WITHIN).headers["Allow"], url


def test_nginx_asks_for_a_password(behind: RunningDashboard, tmp_path: Path) -> None:
    with nginx(tmp_path, behind.url, PREFIX) as url:
        without = re.sub("//.*@", "//", url)
        assert requests.get(f"{without}/", timeout=WITHIN).status_code == 401


def test_calls_images_zip_and_socket(front: RunningDashboard) -> None:
    created = front.post("/api/jobs", {"codes": ["BR"]})
    location = created.headers["Location"]
    assert location == f"{prefix_of(front)}/api/jobs/{created.json()['id']}"
    assert requests.get(origin_of(front) + location, timeout=WITHIN).ok
    with front.watch(created.json()["id"]) as client:
        messages = list(client)
    assert "snapshot" in str(messages[0])
    assert client.close_code == 1000
    (flag,) = (flag for flag in front.get("/api/flags").json()["flags"] if flag["cc"] == "BR")
    assert flag["url"].startswith(f"{prefix_of(front)}/flags/br.gif?v=")
    image = requests.get(origin_of(front) + flag["url"], timeout=WITHIN)
    assert image.headers["Content-Type"] == "image/gif"
    archive = zipfile.ZipFile(BytesIO(front.get("/api/flags.zip?cc=BR").content))
    assert archive.namelist() == ["br.gif"]


def test_forms_lead_to_pages_below_the_path(front: RunningDashboard) -> None:
    origin = re.sub("//.*@", "//", origin_of(front))  # as a browser sends it
    here = f"{prefix_of(front)}/"

    def sent(path: str, page: str = "gallery?q=a", **fields: str) -> requests.Response:
        headers = {"Origin": origin, "Referer": f"{origin}{here}{page}"}
        answer = requests.post(front.url + path, fields, headers=headers, timeout=WITHIN)
        assert answer.ok
        return answer

    job = sent("/", select="codes", codes="ZZ", server="ERROR", max_req="5")
    assert urlsplit(job.url).path.startswith(f"{here}jobs/")
    number = job.url.rpartition("/")[2]
    front.finished(number)
    again = sent(f"/jobs/{number}/again", strategy="map")
    assert urlsplit(again.url).path == f"{here}jobs/compare"
    chosen = sent("/preferences", theme="dark")
    assert chosen.url.endswith(f"{here}gallery?q=a")
    path = here.rstrip("/") or "/"
    assert f"Path={path};" in chosen.history[0].headers["Set-Cookie"]
    assert 'data-theme="dark"' in chosen.text
    unopenable = sent("/preferences", "preferences", theme="dark")  # the address of a form
    assert urlsplit(unopenable.url).path == here


PREFIXES = {
    "/flagdl": "/flagdl",
    "/flagdl/": "/flagdl",
    "/a/b.c/d-e_f~g@h+i": "/a/b.c/d-e_f~g@h+i",
    "/%D1%84": "/%D1%84",
    "/a, /b": "/b",  # only the proxy in front of flagdl is trusted
    "/...": "/...",
    "/" + "long" * 500: "/" + "long" * 500,
    "/": "",
    "": "",
}
NO_PREFIXES = [
    "//evil.example", "///evil.example", "/\\evil.example", "http://evil.example", "flagdl",
    "/a/../b", "/..", "/.", "/a/./b", "/%2e%2e", "/a/.%2E", "/a//b", "/a b", "/a'b", '/a"b"',
    "/a<b", "/a;b", "/a?b", "/a#b", "/a&b", '"/a, /b"', "/\xe9", "/a\tb", "/a, b",
]  # fmt: skip


def test_a_prefix_is_before_every_address(behind: RunningDashboard) -> None:
    for said, prefix in PREFIXES.items():
        page = behind.get("/jobs", headers={**BROWSER, "X-Forwarded-Prefix": said})
        assert f'data-base="{prefix}"' in page.text
        found = addresses(page.text)
        assert found
        assert all(re.match("/[a-z]|/$", address.removeprefix(prefix)) for address in found)


def test_a_prefix_that_is_no_path_is_refused(behind: RunningDashboard) -> None:
    for said in NO_PREFIXES:
        headers = {"X-Forwarded-Prefix": said.encode("latin-1")}
        detail = problem(behind.get("/api/jobs", headers=headers, allow_redirects=False), 400)
        assert detail.startswith("X-Forwarded-Prefix must be a path such as /flagdl, not"), said
        page = behind.get("/", headers={**BROWSER, **headers}, allow_redirects=False)
        assert page.status_code == 400
        assert "X-Forwarded-Prefix must be a path" in page.text
        assert not addresses(page.text)


def test_a_page_of_another_path_is_none_of_ours(behind: RunningDashboard) -> None:
    for path, back in (("/flagdl/jobs", "/flagdl/jobs"), ("/other", "/flagdl/"), ("/", "/flagdl/")):
        headers = {"X-Forwarded-Prefix": "/flagdl", "Referer": behind.url + path}
        answer = behind.post("/preferences", headers=headers, allow_redirects=False)
        assert answer.headers["Location"] == back


def test_a_redirect_names_no_host(behind: RunningDashboard) -> None:
    for prefix in ("", "/flagdl"):
        headers = {"X-Forwarded-Prefix": prefix, "X-Forwarded-Proto": "gopher"}
        answer = behind.get("/jobs//7", headers=headers, allow_redirects=False)
        assert answer.status_code == 308
        assert answer.headers["Location"] == f"{prefix}/jobs/7"


def test_a_path_that_still_has_its_prefix(behind: RunningDashboard) -> None:
    forwarded = {"X-Forwarded-Prefix": "/flagdl"}
    for path in ("/flagdl", "/flagdl/", "/flagdl/jobs", "/flagdl/api/jobs"):
        answer = behind.get(path, headers=forwarded)
        assert problem(answer, 404).startswith("The proxy must remove /flagdl")
    for path in ("/flagdl2/jobs", "/nope"):
        assert "proxy" not in problem(behind.get(path, headers=forwarded), 404)
    # Below the prefix /jobs, the list is at /jobs/jobs. The proxy removes the first /jobs.
    assert behind.get("/jobs", headers={**BROWSER, "X-Forwarded-Prefix": "/jobs"}).ok


ADVICE = "as Host, or as X-Forwarded-Host with FLAGDL_PROXIES set to the number of proxies"


@pytest.mark.parametrize(
    ("headers", "seen"),
    [
        ({"Host": "evil.example"}, "'evil.example'"),
        ({"Host": "evil.example:8080"}, "'evil.example:8080'"),
        ({"Host": "flagdl_backend"}, "'flagdl_backend'"),  # not valid, but Docker and nginx send it
        ({"X-Forwarded-Host": "evil.example"}, "'evil.example'"),
        ({"X-Forwarded-Host": "flags.example, evil.example"}, "'evil.example'"),
    ],
)
def test_a_refused_host_is_named_with_the_settings(
    behind: RunningDashboard, headers: dict[str, str], seen: str
) -> None:
    for path, accept in (("/", "*/*"), ("/api/jobs", "text/html")):
        detail = problem(behind.get(path, headers={**headers, "Accept": accept}), 400)
        assert detail.startswith(f"Host {seen} is not trusted. If it is yours, add it to")
        assert "FLAGDL_TRUSTED_HOSTS" in detail
        assert ADVICE in detail
        assert TRUSTED not in detail
    page = behind.get("/", headers={**headers, **BROWSER})
    assert page.status_code == 400
    assert "FLAGDL_TRUSTED_HOSTS" in page.text
    assert not addresses(page.text)


@pytest.mark.parametrize(
    "headers",
    [
        {},  # the proxy sends the host that it connects to
        {"X-Forwarded-Host": "flags.example"},  # without the port
        {"Host": "flags.example", "Origin": "https://flags.example:8443"},
        {"Origin": "null"},
    ],
)
def test_a_refused_origin_is_named_with_the_settings(
    behind: RunningDashboard, headers: dict[str, str]
) -> None:
    """As browsers ask: with Sec-Fetch-Site "same-origin", or, without TLS, without that header."""
    sent = {"Origin": "http://flags.example:8080", **headers}
    host = sent.get("X-Forwarded-Host", sent.get("Host", urlsplit(behind.url).netloc))
    for site in ({}, {"Sec-Fetch-Site": "same-origin"}):
        detail = problem(behind.post("/api/jobs", headers={**sent, **site}), 403)
        assert detail.startswith(f"This request for {host!r} came from a page of another site")
        assert repr(sent["Origin"]) in detail
        assert ADVICE in detail
    page = behind.post("/", headers={**sent, **BROWSER})
    assert page.status_code == 403
    assert "FLAGDL_PROXIES" in page.text


def test_a_stranger_is_told_nothing_about_settings(behind: RunningDashboard) -> None:
    for site in ("cross-site", "same-site"):
        headers = {"Origin": "http://evil.example", "Sec-Fetch-Site": site}
        detail = problem(behind.post("/api/jobs", headers=headers), 403)
        assert detail == "This request came from a page of another site."


def test_a_refused_websocket_is_logged_once(behind: RunningDashboard) -> None:
    """A page asks for the websocket again and again, through a proxy that sends its own host."""
    origin = "http://flags.example:\x9b1m"
    with reverse_proxy(behind.url, {"Host": "127.0.0.1", "Origin": origin}) as url:
        page = copy.copy(behind)
        page.url = url
        for _ in range(2):
            with pytest.raises(InvalidStatus) as refused:
                page.watch("1")
            assert refused.value.response.status_code == 403
    wait_for(lambda: logged(behind))
    (line,) = logged(behind)
    assert "for '127.0.0.1' came from a page of another site, 'http://flags.example:\\x9b" in line
    assert ADVICE in line


def logged(dashboard: RunningDashboard) -> list[str]:
    return [line for line in dashboard.log if "refused a websocket" in line]


def test_the_api_is_described_as_its_reader_reaches_it(front: RunningDashboard) -> None:
    url = re.sub("//.*@", "//", front.url)  # without the password
    assert front.get("/api/openapi.json").json()["servers"] == [{"url": url}]
    assert f"<code>curl {url}/api/jobs</code>" in front.get("/api").text
