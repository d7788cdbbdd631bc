"""Servers by label: the embedded ones, which start when they are needed, and the user's own."""

from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest
import requests

from flagdl.download.servers import (
    REMOTE,
    Server,
    Servers,
    ServersFileError,
    read_servers_file,
)
from flagdl.model.embedded import EMBEDDED, default_attempts
from flagdl.model.lab import Lab
from flagdl.origin.faults import lab_fault
from flagdl.origin.process import OriginError
from tests.support.here import LastingOrigin
from tests.support.running import WITHIN


@pytest.fixture(scope="module")
def servers(origin: LastingOrigin) -> Servers:
    with patch("flagdl.download.servers.OriginProcess", lambda: origin):
        return Servers({"MINE": REMOTE})


def test_a_server_knows_its_site_and_addresses() -> None:
    server = Server(REMOTE)
    assert server.site == "https://www.fluentpython.com/data/flags"
    assert server.url("BR") == "https://www.fluentpython.com/data/flags/br/br.gif"


def test_a_server_of_another_layout() -> None:
    server = Server("http://flags.example/4x3/{cc}.gif?size=1")
    assert server.url("BR") == "http://flags.example/4x3/br.gif?size=1"
    assert server.site == "http://flags.example/4x3/{cc}.gif?size=1"


def test_a_password_is_used_and_not_shown() -> None:
    server = Server("https://me:secret@flags.example:8443/4x3/{cc}/{cc}.gif")
    assert server.url("BR") == "https://me:secret@flags.example:8443/4x3/br/br.gif"
    assert server.site == "https://flags.example:8443/4x3"
    with closing(Servers({"MINE": server.template})) as servers:
        assert servers.summary("MINE") == server.site


def test_embedded_servers_start_when_one_is_resolved_and_end_with_their_owner() -> None:
    with closing(Servers()) as servers:
        server = servers.resolve("LOCAL")
        assert server.site.startswith("http://127.0.0.1:")
        assert requests.get(server.url("BR"), timeout=WITHIN).status_code == 200
        assert servers.resolve("LOCAL") == server
        assert servers.resolve("DELAY").site != server.site
    with pytest.raises(requests.ConnectionError):
        requests.get(server.url("BR"), timeout=WITHIN)
    servers.close()
    with pytest.raises(OriginError):
        servers.resolve("LOCAL")


def test_lab_answers_each_attempt_as_the_job_sets_it(servers: Servers) -> None:
    for lab in (Lab(0, 0, 0.5, 7), Lab(0, 0, 0.5, 8)):
        server = servers.resolve("LAB", lab)
        for attempt in (1, 2, 3):
            for cc in ("br", "cn", "us"):
                answer = requests.get(server.url(cc, attempt), timeout=WITHIN)
                fails = lab_fault(lab, cc, attempt).fails
                assert answer.status_code == (503 if fails else 200)


def test_labs_settings_are_in_its_site_and_addresses(servers: Servers) -> None:
    server = servers.resolve("LAB", Lab(0.2, 0.5, 0.1, 7))
    usual = servers.resolve("LAB")
    assert server.site.endswith("/flags/{cc}/{cc}.gif?delay=0.2&spread=0.5&errors=0.1&seed=7")
    assert server.url("BR") == server.site.replace("{cc}", "br") + "&attempt=1"
    assert server.url("BR", 3) == server.site.replace("{cc}", "br") + "&attempt=3"
    assert usual.site.endswith(Lab().query)


def test_only_lab_is_slow_as_it_is_asked_to_be(servers: Servers) -> None:
    assert servers.resolve("LAB", Lab(delay=2, spread=0.5)).slowest == 3
    assert {servers.resolve(label).slowest for label in servers if label != "LAB"} == {0}


def test_asking_what_there_is_starts_nothing() -> None:
    servers = Servers({"MINE": "http://x/{cc}"})
    servers.close()
    # From here on, using an embedded server raises an OriginError.
    assert list(servers) == ["LOCAL", "DELAY", "ERROR", "LAB", "REMOTE", "MINE"]
    assert len(servers) == 6
    assert "DELAY" in servers
    assert "MINE" in servers
    assert "THEIRS" not in servers
    assert servers.summary("DELAY") == EMBEDDED["DELAY"]
    assert servers.summary("MINE") == "http://x/{cc}"
    assert servers.resolve("MINE") == Server("http://x/{cc}")


def test_faults_are_shown_where_they_are_made() -> None:
    assert {label: default_attempts(label) for label in EMBEDDED} == {
        "LOCAL": 1, "DELAY": 1, "ERROR": 1, "LAB": 1,
    }  # fmt: skip
    assert default_attempts("REMOTE") == 3


def servers_file(directory: Path, text: str) -> Path:
    path = directory / "servers.toml"
    path.write_text(text, "utf-8")
    return path


def test_further_servers_come_from_a_file(tmp_path: Path) -> None:
    path = servers_file(
        tmp_path,
        """
        [servers]
        mine = "https://flags.example/{cc}/{cc}.gif"
        by-host_2 = "http://{cc}.flags.example:8080/flag.gif"
        v6 = "http://[::1]:8080/{cc}"
        """,
    )
    assert read_servers_file(path) == {
        "MINE": "https://flags.example/{cc}/{cc}.gif",
        "BY-HOST_2": "http://{cc}.flags.example:8080/flag.gif",
        "V6": "http://[::1]:8080/{cc}",
    }


def test_a_file_may_begin_with_a_byte_order_mark_and_end_lines_as_windows_does(
    tmp_path: Path,
) -> None:
    path = servers_file(tmp_path, "\ufeff[servers]\r\nm = 'http://x/{cc}'\r\n")
    assert read_servers_file(path) == {"M": "http://x/{cc}"}


def test_a_file_may_name_no_servers(tmp_path: Path) -> None:
    assert read_servers_file(servers_file(tmp_path, "")) == {}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[servers", "servers.toml"),
        ("servers = 1", "must be a table"),
        ("[servers]\nLocal = 'http://x/{cc}'", "'Local' is the name of a built-in server"),
        ("[servers]\nlab = 'http://x/{cc}'", "built-in"),
        ("[servers]\nremote = 'http://x/{cc}'", "built-in"),
        ("[servers]\n'a b' = 'http://x/{cc}'", "'a b' is not a label"),
        ("[servers]\n'' = 'http://x/{cc}'", "is not a label"),
        ("[servers]\n'é' = 'http://x/{cc}'", "is not a label"),
        ("[servers]\nm = 'http://x/{cc}'\nM = 'http://y/{cc}'", "'M' is there twice"),
        ("[servers]\nm = 5", "m must be an http:// or https:// address"),
        ("[servers]\nm = 'file:///{cc}'", "m must be an http:// or https:// address"),
        ("[servers]\nm = 'http:///{cc}'", "m must be an http:// or https:// address"),
        ("[servers]\nm = 'http://[::1/{cc}'", "m must be an http:// or https:// address"),
        ("[servers]\nm = 'http://x:99999/{cc}'", "m must be an http:// or https:// address"),
        ("[servers]\nm = 'http://*.x/{cc}'", "m must be an http:// or https:// address"),
        ("[servers]\nm = 'http://a:%D0%BF@x/{cc}'", "m must be an http:// or https:// address"),
        ("[servers]\nm = 'http://.x/{cc}'", "m must be an http:// or https:// address"),
        ('[servers]\nm = "http://x/{cc}\\u001b[31m"', "m must be an http:// or https:// address"),
        ("[servers]\nm = 'http://x#@y/{cc}'", "m must be an http:// or https:// address"),
        ("[servers]\nm = 'http://x\\@y/{cc}'", "m must be an http:// or https:// address"),
        ("[servers]\nm = 'http://a@b@y/{cc}'", "m must be an http:// or https:// address"),
        ("[servers]\nm = 'http://%78/{cc}'", "m must be an http:// or https:// address"),
        ("[servers]\nm = 'http://ｘ.example/{cc}'", "m must be an http:// or https:// address"),
        ("[servers]\nm = " + "[" * 5000, "servers.toml (FLAGDL_SERVERS): "),
        ("[servers]\nm = " + "9" * 10_000, "servers.toml (FLAGDL_SERVERS): "),
        ("[servers]\nm = nan", "m must be an http:// or https:// address"),
        ("[servers]\nm = 'http://x/'", "m must have {cc}"),
        ("[servers]\nm = 'http://x/{cc}/{0}'", "m must have {cc}"),
        ("[servers]\nm = 'http://x/{cc.__class__}'", "m must have {cc}"),
        ("[servers]\nm = 'http://x/{{cc}}'", "m must have {cc}"),
    ],
)
@pytest.mark.usefixtures("without_collector")
def test_what_is_wrong_in_the_file_is_said(tmp_path: Path, text: str, complaint: str) -> None:
    path = servers_file(tmp_path, text)
    with pytest.raises(ServersFileError) as caught:
        read_servers_file(path)
    assert str(path) in str(caught.value)
    assert complaint in str(caught.value)


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(ServersFileError, match="No such file"):
        read_servers_file(tmp_path / "none.toml")
    broken = tmp_path / "broken.toml"
    broken.write_bytes(b"\xff\xfe")
    with pytest.raises(ServersFileError, match="can't decode"):
        read_servers_file(broken)
