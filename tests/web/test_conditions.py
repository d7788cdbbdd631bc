"""A header may hold anything. One that can't be read is refused or counts as not sent."""

from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from flagdl.web.assets import static_url_path
from tests.support.running import GIF, WITHIN, RunningDashboard

NO_DATES = [
    "Thu, 01 Jan 99999999999999 00:00:00 GMT",
    "Fri, 31 Dec 9999 23:59:59 -2359",
    "Mon, 01 Jan 0001 00:00:00 +2359",
    "Thu, 99 Jan 2026 99:99:99 GMT",
    "yesterday",
    "",
]
NAMES = [
    "Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Cache-Control", "Connection",
    "Content-Type", "Cookie", "Expect", "Host", "If-Match", "If-Modified-Since", "If-None-Match",
    "If-Range", "If-Unmodified-Since", "Origin", "Range", "Referer", "Sec-Fetch-Site", "Upgrade",
    "User-Agent", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Prefix", "X-Forwarded-Proto",
]  # fmt: skip
VALUES = [
    '"', 'W/"', ",", ";q=", "text/html;q=x", "*/*;q=1e400", "en;q=nan", "a=b;c*=x''%ff",
    "bytes=-", "bytes=5-2", "bytes=0-" + "9" * 30, "[", "[::1]:x", "localhost:99999", "xn--",
    "http://[", "application/json; charset=x", "multipart/form-data; boundary=", "\xff\xfe",
    "a," * 2000, *NO_DATES,
]  # fmt: skip
TARGETS = [
    ("GET", "/nope"),
    ("GET", "/jobs"),
    ("GET", "/flags/fr.gif"),
    ("GET", "/api/flags.zip"),
    ("GET", f"{static_url_path()}/img/icons.svg"),
    ("POST", "/preferences"),
    ("POST", "/api/jobs"),
    ("DELETE", "/api/flags/ZZ"),
]


@pytest.fixture(scope="module")
def with_a_flag(shared: RunningDashboard) -> RunningDashboard:
    shared.downloads.mkdir(exist_ok=True)
    (shared.downloads / "fr.gif").write_bytes(GIF)
    return shared


def status(dashboard: RunningDashboard, method: str, path: str, name: str, value: str) -> int:
    """Send one header unchanged: http.client sends values that the library requests refuses."""
    at = urlsplit(dashboard.url)
    with closing(HTTPConnection(str(at.hostname), at.port, timeout=WITHIN)) as connection:
        connection.putrequest(method, path, skip_host=name == "Host")
        connection.putheader(name, value)
        connection.endheaders()
        return connection.getresponse().status


def on_one_line(value: bytes) -> str:
    return value.translate(None, b"\r\n").decode("latin-1")


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(TARGETS),
    st.sampled_from(NAMES),
    st.sampled_from(VALUES) | st.binary(max_size=60).map(on_one_line),
)
@example(TARGETS[2], "If-Modified-Since", NO_DATES[0])
def test_no_header_is_a_bug(
    with_a_flag: RunningDashboard, target: tuple[str, str], name: str, value: str
) -> None:
    assert status(with_a_flag, *target, name, value) < 500


@pytest.mark.parametrize("path", ["/flags/fr.gif", f"{static_url_path()}/img/icons.svg"])
@pytest.mark.parametrize("name", ["If-Modified-Since", "If-Unmodified-Since", "Range", "If-Range"])
@pytest.mark.parametrize("date", NO_DATES[3:] + NO_DATES[:1])
def test_a_date_that_is_none_counts_as_not_sent(
    with_a_flag: RunningDashboard, path: str, name: str, date: str
) -> None:
    assert status(with_a_flag, "GET", path, name, date) == 200
