"""What the flag servers answer, at once or after a while."""

import re
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from flagdl.origin.faults import FaultPlan, Kind
from flagdl.origin.http import IMAGES_DIR, load_images
from flagdl.origin.process import OriginProcess
from tests.support.here import LastingOrigin
from tests.support.origins import (
    ALL_CODES,
    answers,
    ask,
    flag_url,
    refuses,
)
from tests.support.running import WITHIN


@pytest.fixture(scope="module")
def urls(origin: LastingOrigin) -> dict[str, str]:
    return origin.urls()


@pytest.fixture(scope="module")
def stuck_url() -> Iterator[str]:
    """A server whose delayed answers come too late for `ask`."""
    with closing(OriginProcess(FaultPlan(delay=60))) as origin:
        yield origin.urls()["DELAY"]


def test_a_flag_comes_whole_and_with_its_headers(urls: dict[str, str]) -> None:
    answer = ask(flag_url(urls["LOCAL"], "br"))
    assert answer.status == 200
    assert answer.body == (IMAGES_DIR / "br.gif").read_bytes()
    assert answer.headers["Content-Type"] == "image/gif"
    assert answer.headers["Content-Length"] == str(len(answer.body))
    assert re.fullmatch(r'"[0-9a-f]{32}"', answer.headers["ETag"])


def test_every_code_answers_its_own_flag_or_404(urls: dict[str, str]) -> None:
    flags = {path.stem: path.read_bytes() for path in IMAGES_DIR.glob("*.gif")}
    with closing(HTTPConnection(urlsplit(urls["LOCAL"]).netloc, timeout=WITHIN)) as connection:
        for cc in ALL_CODES:
            connection.request("GET", f"/flags/{cc}/{cc}.gif")
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == (200 if cc in flags else 404)
            assert cc not in flags or body == flags[cc]


def test_head_has_the_headers_of_get_and_no_body(urls: dict[str, str]) -> None:
    url = flag_url(urls["LOCAL"], "br")
    get, head = ask(url), ask(url, "HEAD")
    assert (head.status, head.body) == (200, b"")
    for name in ("Content-Type", "Content-Length", "ETag"):
        assert head.headers[name] == get.headers[name]


@pytest.mark.parametrize("known", ["{}", "W/{}", '"other", {}', "*"])
def test_an_image_that_the_client_has_is_not_sent_again(urls: dict[str, str], known: str) -> None:
    url = flag_url(urls["LOCAL"], "br")
    etag = ask(url).headers["ETag"]
    answer = ask(url, headers={"If-None-Match": known.format(etag)})
    assert (answer.status, answer.body) == (304, b"")
    assert answer.headers["ETag"] == etag


@pytest.mark.parametrize("known", ['"other"', "", "no quotes", '"', ",,,"])
def test_another_etag_gets_the_image(urls: dict[str, str], known: str) -> None:
    answer = ask(flag_url(urls["LOCAL"], "br"), headers={"If-None-Match": known})
    assert answer.status == 200
    assert answer.body


@pytest.mark.parametrize(
    "path",
    [
        "/br/cn.gif", "/BR/BR.gif", "/br/BR.gif", "/b/b.gif", "/bra/bra.gif",
        "/br%0a/br%0a.gif", "/br/br%0a.gif", "/b1/b1.gif", "/%EF%BD%82r/%EF%BD%82r.gif",
        "/%2e%2e/%2e%2e.gif", "/%2e%2e/br.gif", "/../br.gif", "/..%2fbr/br.gif", "/br/..%2fbr.gif",
        "/br/..%5cbr.gif", "/br/%00.gif", "/br/br.png", "/br/LICENSE", "/br/br", "/br/", "",
    ],
)  # fmt: skip
def test_what_is_no_code_is_404_at_once(stuck_url: str, path: str) -> None:
    assert ask(stuck_url + path).status == 404


def test_changing_a_flag_is_not_allowed(urls: dict[str, str]) -> None:
    assert ask(flag_url(urls["LOCAL"], "br"), "POST").status == 405


@pytest.mark.parametrize("label", Kind)
def test_the_root_says_what_the_server_is(urls: dict[str, str], label: str) -> None:
    answer = ask(urls[label].removesuffix("flags"))
    assert answer.status == 200
    assert label in answer.body.decode()
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_only_the_loopback_address_is_served(urls: dict[str, str]) -> None:
    assert not refuses(urls["LOCAL"])
    # All of 127/8 is this machine; a server bound to every address would answer here too.
    assert refuses(urls["LOCAL"].replace("127.0.0.1", "127.0.0.2"))


def test_delay_waits_before_it_answers() -> None:
    paths = ["/flags/br/br.gif", "/flags/zz/zz.gif"]
    assert answers(Kind.DELAY, paths, FaultPlan(delay=7)) == [(200, 7), (404, 7)]


def test_error_server_fails_exactly_where_the_plan_says() -> None:
    codes = ALL_CODES[26:78]  # flags and unknown codes, both
    plan = FaultPlan(delay=0, seed=7)
    images = load_images()

    def expected(cc: str, visit: int) -> int:
        if plan.fault(Kind.ERROR, cc, visit).fails:
            return 503
        return 200 if cc in images else 404

    with closing(OriginProcess(plan)) as origin:
        base = origin.urls()["ERROR"]
        for visit in range(2):
            statuses = {cc: ask(flag_url(base, cc)).status for cc in codes}
            assert statuses == {cc: expected(cc, visit) for cc in codes}


def test_error_server_delays_as_planned() -> None:
    plan = FaultPlan(delay=7)
    delays = [plan.fault(Kind.ERROR, cc, 0).delay for cc in ALL_CODES[:100]]
    paths = [f"/flags/{cc}/{cc}.gif" for cc in ALL_CODES[:100]]
    assert [waited for _, waited in answers(Kind.ERROR, paths, plan)] == delays
    assert set(delays) == {0, 7}
