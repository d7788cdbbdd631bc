"""How flagdl uses libcurl: certificates, addresses, and ending all waits at once."""

import datetime
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests
import trustme

from flagdl.download.transport import (
    CERTIFICATES,
    HEADERS,
    CurlAdapter,
    Moments,
    Sockets,
    Timeout,
    TransportError,
)
from tests.support.hostile import (
    FOREVER,
    GIF,
    Connection,
    HostileServer,
    answer,
    answering,
    in_turn,
    once,
)
from tests.support.running import WITHIN, wait_for

PATIENT = Timeout(FOREVER, FOREVER, FOREVER)
HOST = "127.0.0.1"


def ask(url: str, sockets: Sockets | None = None, within: Timeout = PATIENT) -> requests.Response:
    """Ask once, over a connection that is closed afterwards."""
    adapter = CurlAdapter(1 << 20, sockets)
    try:
        return adapter.send(request(url), timeout=within)
    finally:
        adapter.close()


def request(url: str) -> requests.PreparedRequest:
    return requests.Request("GET", url, headers=HEADERS).prepare()


# Certificates


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(autouse=True)
def _no_certificates_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CERTIFICATES:
        monkeypatch.delenv(name, raising=False)


@contextmanager
def tls(certificate: trustme.LeafCert) -> Iterator[str]:
    """Serve a flag over TLS; yields its address."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)

    def handle(connection: Connection) -> None:
        with (
            suppress(ssl.SSLError),  # a client that doesn't trust us leaves
            context.wrap_socket(
                connection.sock, server_side=True, do_handshake_on_connect=False
            ) as connection.sock,
        ):
            connection.sock.do_handshake()
            in_turn(answer())(connection)

    with HostileServer(handle) as hostile:
        yield hostile.url.replace("http:", "https:") + "/br/br.gif"


@pytest.mark.parametrize("variable", CERTIFICATES)
def test_an_authority_of_ones_own_is_trusted_where_the_environment_names_it(
    variable: str, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, written(authority, tmp_path))
    with tls(authority.issue_cert(HOST)) as url:
        assert ask(url).content == GIF


@pytest.mark.parametrize("form", ["BOM", "CRLF", "DER", "directory", "blanks", "other text"])
def test_certificates_may_have_any_usual_form(
    form: str, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(written(authority, tmp_path))
    pem = path.read_text()
    named = str(path)
    match form:
        case "BOM":
            path.write_text("\ufeff" + pem, "utf-8")
        case "CRLF":
            path.write_bytes(pem.replace("\n", "\r\n").encode())
        case "DER":
            path.write_bytes(ssl.PEM_cert_to_DER_cert(pem))
        case "blanks":
            named = f" {path}\n"
        case "other text":
            path.write_text(f"subject=Müller\n{pem}\nand more", "utf-8")
        case "directory":
            named = str(tmp_path)
            subprocess.run(["openssl", "rehash", tmp_path], check=True)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", named)
    with tls(authority.issue_cert(HOST)) as url:
        assert ask(url).content == GIF


BROKEN_PEM = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"


@pytest.mark.parametrize("content", [b"", b"no certificate", b"\0" * 99, BROKEN_PEM])
def test_a_file_without_a_certificate_is_named(
    content: bytes, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "file"))
    with tls(authority.issue_cert(HOST)) as url, pytest.raises(TransportError) as said:
        ask(url)
    assert str(said.value) == "no certificate in the file of SSL_CERT_FILE"


def written(authority: trustme.CA, directory: Path) -> str:
    """Return the path of an authority's certificate."""
    path = str(directory / "authority.pem")
    authority.cert_pem.write_to_path(path)
    return path


TODAY = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)


@pytest.mark.parametrize(
    ("host", "since", "until", "cause"),
    [
        (HOST, TODAY - 9 * DAY, TODAY - DAY, "certificate expired"),
        (HOST, TODAY + DAY, TODAY + 9 * DAY, "certificate not yet valid"),
        ("other.example", TODAY - DAY, TODAY + DAY, "certificate of another host"),
    ],
)
def test_what_is_wrong_with_a_certificate_has_a_name(
    host: str,
    since: datetime.datetime,
    until: datetime.datetime,
    cause: str,
    authority: trustme.CA,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", written(authority, tmp_path))
    certificate = authority.issue_cert(host, not_before=since, not_after=until)
    with tls(certificate) as url, pytest.raises(TransportError) as said:
        ask(url)
    assert str(said.value) == cause


def test_nobody_elses_authority_is_trusted(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tls(authority.issue_cert(HOST)) as url:
        for named in (None, written(trustme.CA(), tmp_path)):
            if named:
                monkeypatch.setenv("SSL_CERT_FILE", named)
            with pytest.raises(TransportError) as said:
                ask(url)
            assert str(said.value) == "certificate of an unknown authority"


def test_certificates_that_cant_be_read_are_named_each_time(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    adapter = CurlAdapter(1 << 20)
    with tls(authority.issue_cert(HOST)) as url:
        for _ in range(2):
            with pytest.raises(TransportError) as said:
                adapter.send(request(url), timeout=PATIENT)
            assert str(said.value) == "can't read SSL_CERT_FILE: No such file or directory"
    adapter.close()


@pytest.mark.parametrize("length", [b"-5", b"abc", b"0x10", b"1e3", b"", b"-0", b"+%d", b"%d 1"])
def test_a_length_that_is_none_is_an_error_although_the_image_is_whole(length: bytes) -> None:
    length = length.replace(b"%d", str(len(GIF)).encode())

    def handle(connection: Connection) -> None:
        connection.read_request()
        connection.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n" % length + GIF)
        connection.sock.close()

    with HostileServer(handle) as hostile, pytest.raises(TransportError) as said:
        ask(hostile.url + "/br/br.gif")
    assert str(said.value) == "not HTTP"


# Addresses


def test_an_address_with_a_name_and_a_password_sends_them_once() -> None:
    seen: list[bytes] = []

    def choose(request: bytes) -> bytes:
        seen.append(request)
        return answer()

    with HostileServer(answering(choose)) as hostile:
        ask(hostile.url.replace("//", "//me:s%C3%A9cret@") + "/br/br.gif")
    (sent,) = seen
    assert sent.count(b"Authorization: Basic ") == 1
    assert sent.startswith(b"GET /flags/br/br.gif HTTP/1.1")


def test_an_address_in_any_script_is_sent_in_ascii() -> None:
    seen: list[bytes] = []

    def choose(request: bytes) -> bytes:
        seen.append(request)
        return answer()

    with HostileServer(answering(choose)) as hostile:
        ask(hostile.url + "/флаги/br.gif")
    assert seen[0].startswith(b"GET /flags/%D1%84%D0%BB%D0%B0%D0%B3%D0%B8/br.gif HTTP/1.1")


# Moments


def test_moments_are_known_as_far_as_the_request_came() -> None:
    adapter = CurlAdapter(1 << 20)
    with HostileServer(once(answer())) as hostile:
        adapter.send(request(hostile.url), timeout=PATIENT)
        sent, first_byte, received = adapter.moments
        assert sent is not None
        assert first_byte is not None
        assert received is not None
        assert 0 < sent < first_byte <= received
    with pytest.raises(TransportError, match="refused"):
        adapter.send(request(hostile.url), timeout=PATIENT)
    assert adapter.moments == Moments()
    with HostileServer(once(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nGIF")) as hostile:
        with pytest.raises(TransportError, match="truncated"):
            adapter.send(request(hostile.url), timeout=PATIENT)
        sent, first_byte, received = adapter.moments
        assert None not in (sent, first_byte)
        assert received is None
    adapter.close()


def test_moments_can_be_told_on_another_clock() -> None:
    assert Moments(0.5, None, 0.75).since(2.0) == Moments(2.5, None, 2.75)


# Ending all waits


def test_one_call_ends_every_wait_and_lets_none_begin() -> None:
    sockets, waiting = Sockets(), threading.Semaphore(0)

    def handle(connection: Connection) -> None:
        connection.read_request()
        waiting.release()
        connection.hold()

    with ThreadPoolExecutor(20) as executor, HostileServer(handle) as hostile:
        asked = [executor.submit(ask, hostile.url, sockets) for _ in range(20)]
        for _ in asked:
            assert waiting.acquire(timeout=WITHIN)
        sockets.abort()
        assert {type(each.exception(WITHIN)) for each in asked} == {TransportError}
        with pytest.raises(TransportError):
            ask(hostile.url, sockets)
        assert hostile.accepted == 20
        sockets.abort()  # may be called again


def test_a_connection_that_never_comes_ends_too() -> None:
    sockets = Sockets()
    with socket.create_server((HOST, 0), backlog=0) as full, socket.socket() as first:
        first.connect(full.getsockname())  # now no other client is accepted or refused
        url = "http://{}:{}/".format(*full.getsockname())
        with ThreadPoolExecutor(1) as executor:
            asked = executor.submit(ask, url, sockets)
            wait_for(lambda: sockets._open)
            sockets.abort()
            assert isinstance(asked.exception(WITHIN), TransportError)


def test_every_socket_is_closed_in_the_end() -> None:
    sockets = Sockets()
    before = len([*Path("/proc/self/fd").iterdir()])
    with HostileServer(in_turn(answer())) as hostile:
        adapter = CurlAdapter(1 << 20, sockets)
        for _ in range(3):
            assert adapter.send(request(hostile.url), timeout=PATIENT).content == GIF
        assert hostile.accepted == len(sockets._open) == 1
        adapter.close()
        adapter.close()
    assert not sockets._open
    wait_for(lambda: len([*Path("/proc/self/fd").iterdir()]) <= before)
