"""Downloading one flag from servers that behave as usual, or badly."""

import base64
import errno
import os
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path

import pytest

from flagdl import engine
from flagdl.download import downloader as download
from flagdl.download.downloader import Limits
from flagdl.download.servers import LAYOUT, Server
from flagdl.download.store import FlagStore
from flagdl.model.events import DownloadStatus, FlagDone, FlagResult, JobFinished, JobState
from flagdl.model.spec import JobSpec
from tests.support.hostile import (
    FOREVER,
    GIF,
    PATIENT,
    Connection,
    HostileServer,
    answer,
    answering,
    in_turn,
    once,
)
from tests.support.ports import reserved_port
from tests.support.running import WITHIN

OK, NOT_FOUND, ERROR, CANCELLED = DownloadStatus
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
UNTIL_EOF = b"HTTP/1.1 200 OK\r\nContent-Type: image/gif\r\n\r\n"
UNAVAILABLE = answer(b"", "503 Service Unavailable")
NOT_HTTP = b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"


@pytest.fixture
def store(tmp_path: Path) -> FlagStore:
    return FlagStore(tmp_path / "downloads")


class Fetch:
    """Downloads flags one after another, with only the limits that a test sets."""

    def __init__(self, strategy: str, store: FlagStore) -> None:
        self._strategy = strategy
        self._store = store

    def __call__(
        self,
        server: Server,
        *codes: str,
        attempts: int = 1,
        limits: Limits = PATIENT,
        cancel: threading.Event | None = None,
        store: FlagStore | None = None,
    ) -> list[FlagResult]:
        """Download some flags; by default BR, one of the book's top 20."""
        spec = JobSpec(codes or ("BR",), "MINE", self._strategy, 1, attempts)
        cancel = cancel or threading.Event()
        *events, end = engine.run(spec, server, store or self._store, cancel, limits, FOREVER)
        assert isinstance(end, JobFinished)
        if end.state is JobState.FAILED:
            raise RuntimeError(end.detail)
        return [event.result for event in events if isinstance(event, FlagDone)]

    def outcome(
        self, answers: bytes, *, attempts: int = 1, limits: Limits = PATIENT
    ) -> tuple[DownloadStatus, str, int]:
        """Return how a download ends if each attempt gets these bytes and then a hang-up."""
        with HostileServer(once(answers)) as hostile:
            (result,) = self(hostile.server, attempts=attempts, limits=limits)
        assert self._store.directory.exists() == (result.status is OK)
        return result.status, result.detail, result.attempts


@pytest.fixture(params=["sequential", "asyncio"], ids=["thread", "slot"])
def fetch(request: pytest.FixtureRequest, store: FlagStore) -> Fetch:
    """Every test that downloads runs twice, in a thread and a slot: only the waiting differs."""
    return Fetch(request.param, store)


# What a good answer is


def test_a_flag_is_saved_as_it_came(fetch: Fetch, store: FlagStore) -> None:
    with HostileServer(in_turn(answer())) as hostile:
        (result,) = fetch(hostile.server)
    assert (result.cc, result.status, result.detail) == ("BR", OK, "OK")
    assert (result.bytes, result.attempts, result.worker) == (len(GIF), 1, 0)
    moments = [result.started, result.sent, result.first_byte, result.received, result.finished]
    known = [moment for moment in moments if moment is not None]
    assert len(known) == len(moments)
    assert known == sorted(known)
    assert store.read("BR") == GIF


@pytest.mark.parametrize(
    "data",
    [
        UNTIL_EOF + GIF,
        CHUNKED + b"%x\r\n%b\r\n0\r\n\r\n" % (len(GIF), GIF),
        b"HTTP/1.1 100 Continue\r\n\r\n" + answer(),
        answer(GIF, "200 OK", "Content-Type: text/html", "Content-Encoding: gzip"),
    ],
    ids=["until EOF", "chunked", "after 100 Continue", "labelled otherwise"],
)
def test_other_ways_to_send_a_whole_image(data: bytes, fetch: Fetch, store: FlagStore) -> None:
    assert fetch.outcome(data) == (OK, "OK", 1)
    assert store.read("BR") == GIF


def test_404_is_asked_for_once(fetch: Fetch) -> None:
    assert fetch.outcome(answer(b"none", "404 Not Found"), attempts=3) == (
        NOT_FOUND, "not found", 1,
    )  # fmt: skip


def test_404_is_404_even_if_its_page_is_cut(fetch: Fetch) -> None:
    data = b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf"
    assert fetch.outcome(data, attempts=3) == (NOT_FOUND, "not found", 1)


@pytest.mark.parametrize("status", [201, 204, 206, 301, 302, 304, 307, 400, 401, 403, 410, 501])
def test_only_200_counts_and_these_are_not_tried_again(status: int, fetch: Fetch) -> None:
    data = answer(GIF, f"{status} Whatever", "Location: /elsewhere")
    detail = f"HTTP {status} - {HTTPStatus(status).phrase}"
    assert fetch.outcome(data, attempts=3) == (ERROR, detail, 1)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(status: int, fetch: Fetch) -> None:
    failure = answer(b"sorry", f"{status} Sorry")
    detail = f"HTTP {status} - {HTTPStatus(status).phrase}"
    assert fetch.outcome(failure, attempts=2) == (ERROR, detail, 2)


def test_a_redirect_is_not_followed(fetch: Fetch) -> None:
    with HostileServer(in_turn(answer())) as other:
        target = answer(b"", "302 Found", f"Location: {other.url}/br/br.gif")
        assert fetch.outcome(target) == (ERROR, "HTTP 302 - Found", 1)
        assert other.accepted == 0


def test_a_server_that_recovers_is_forgiven(fetch: Fetch) -> None:
    with HostileServer(in_turn(UNAVAILABLE, NOT_HTTP, answer())) as hostile:
        (result,) = fetch(hostile.server, attempts=3)
    assert (result.status, result.attempts) == (OK, 3)


# The server's words


@pytest.mark.parametrize("reason", ["", "\x1b[31mred\x07", "caf\xe9", "x" * 5000])
def test_a_servers_words_reach_nobody(reason: str, fetch: Fetch) -> None:
    detail = "HTTP 500 - Internal Server Error"
    assert fetch.outcome(answer(b"", f"500 {reason}")) == (ERROR, detail, 1)


def test_a_status_that_nobody_knows_is_called_that(fetch: Fetch) -> None:
    assert fetch.outcome(answer(b"", "599 Mine")) == (ERROR, "HTTP 599 - unknown status", 1)


# Waiting between attempts


def test_cancel_ends_a_wait(fetch: Fetch) -> None:
    cancel = threading.Event()
    answered = threading.Event()

    def handle(connection: Connection) -> None:
        once(answer(b"", "503 Busy", "Retry-After: 1800"))(connection)
        answered.set()

    with HostileServer(handle) as hostile, ThreadPoolExecutor(1) as executor:
        fetching = executor.submit(fetch, hostile.server, attempts=3, cancel=cancel)
        assert answered.wait(WITHIN)
        cancel.set()
        (result,) = fetching.result(WITHIN)
    assert (result.status, result.detail, result.attempts) == (CANCELLED, "cancelled", 1)
    assert hostile.accepted == 1


def test_the_time_for_a_flag_bounds_the_waits_too(fetch: Fetch) -> None:
    busy = answer(b"", "503 Busy", "Retry-After: 3600")
    assert fetch.outcome(busy, attempts=3) == (ERROR, "HTTP 503 - Service Unavailable", 1)


# Bodies that are not a flag, or not a whole one


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (answer(b"<html>no flags today</html>"), "not a GIF"),
        (answer(b""), "not a GIF"),
        (answer(b"GIF89a"), "not a GIF"),
        (UNTIL_EOF, "not a GIF"),
        (answer(GIF[:2000], length=len(GIF)), "truncated"),
        (answer(GIF, length=len(GIF) + 1), "truncated"),
        (UNTIL_EOF + GIF[:2000], "truncated"),
        (CHUNKED + b"1000\r\n" + GIF[:2000], "truncated"),
        (CHUNKED + b"%x\r\n%b\r\n" % (len(GIF), GIF), "truncated"),
        (CHUNKED + b"nonsense\r\n" + GIF, "truncated"),
        (CHUNKED + b"-1\r\n" + GIF, "truncated"),
        (CHUNKED + b"-5\r\n" + GIF, "truncated"),
    ],
    ids=["HTML", "empty", "six bytes", "empty until EOF", "half, with its length",
         "whole, but less than promised", "half, without length", "half a chunk",
         "no last chunk", "no chunk at all", "less than no chunk", "even less"],
)  # fmt: skip
def test_a_body_that_is_no_flag_is_tried_again(data: bytes, detail: str, fetch: Fetch) -> None:
    assert fetch.outcome(data, attempts=2) == (ERROR, detail, 2)


def test_a_body_of_exactly_the_limit_is_fine(fetch: Fetch) -> None:
    limits = replace(PATIENT, bytes=len(GIF))
    assert fetch.outcome(answer(), limits=limits) == (OK, "OK", 1)


def test_a_body_above_the_limit_is_too_large(fetch: Fetch) -> None:
    limits = replace(PATIENT, bytes=len(GIF) - 1)
    assert fetch.outcome(answer(), attempts=3, limits=limits) == (ERROR, "too large", 1)


@pytest.mark.parametrize(
    ("head", "detail", "attempts"),
    [
        (UNTIL_EOF, "too large", 1),
        (CHUNKED, "too large", 1),
        (CHUNKED + b"-1\r\n", "truncated", 3),
        (answer(b"", length=10 << 30), "too large", 1),
    ],
)
def test_an_endless_body_is_stopped_at_the_limit(
    head: bytes, detail: str, attempts: int, fetch: Fetch
) -> None:
    sent: list[int] = []

    def handle(connection: Connection) -> None:
        connection.read_request()
        connection.send(head)
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        while True:
            connection.send(chunk)
            sent.append(len(chunk))

    with HostileServer(handle) as hostile:
        (result,) = fetch(hostile.server, attempts=3)
    assert (result.status, result.detail, result.attempts) == (ERROR, detail, attempts)
    # What exceeds the limit is in the buffers of the two sockets.
    assert sum(sent) < 16 << 20


def test_a_bomb_is_not_inflated(fetch: Fetch) -> None:
    bomb = base64.b64decode("H4sIAAAAAAAAA+3BMQEAAADCoPVPbQsvoAAAAAAAAAAAAAAAAAAAAAAAAAAA") * 10
    data = answer(bomb, "200 OK", "Content-Encoding: gzip")
    assert fetch.outcome(data) == (ERROR, "not a GIF", 1)


# Time


DEADLINE = replace(PATIENT, total=0.1)


@pytest.mark.parametrize(
    ("at_once", "dripped"),
    [
        (b"", b"HTTP/1.1 200 OK\r\nX-Padding: " + b"x" * 5000),
        (b"", b"HTTP/1.1 200 " + b"x" * 5000),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 500),
        (answer(b"", length=len(GIF)), GIF),
        (UNTIL_EOF, GIF),
        (CHUNKED, b"1\r\nx\r\n" * 1000),
        (CHUNKED, b"0" * 5000),
    ],
    ids=["header", "status line", "100 Continue", "body", "body until EOF", "chunks", "chunk size"],
)  # fmt: skip
def test_what_drips_ends_at_the_deadline(
    at_once: bytes, dripped: bytes, fetch: Fetch, store: FlagStore
) -> None:
    def handle(connection: Connection) -> None:
        connection.read_request()
        connection.send(at_once)
        connection.drip(dripped)

    with HostileServer(handle) as hostile:
        (result,) = fetch(hostile.server, attempts=3, limits=DEADLINE)
    assert (result.status, result.detail, result.attempts) == (ERROR, "deadline", 1)
    assert not store.directory.exists()


def test_a_body_without_an_end_is_none(fetch: Fetch, store: FlagStore) -> None:
    """The image is whole, but the server doesn't hang up: the client can't know that."""

    def handle(connection: Connection) -> None:
        connection.read_request()
        connection.send(UNTIL_EOF + GIF)
        connection.hold()

    with HostileServer(handle) as hostile:
        (result,) = fetch(hostile.server, limits=DEADLINE)
    assert (result.status, result.detail) == (ERROR, "deadline")
    assert not store.directory.exists()


def test_a_tls_handshake_that_drips_is_part_of_connecting(fetch: Fetch) -> None:
    def handle(connection: Connection) -> None:
        # A handshake record of 16 KiB, which arrives byte by byte.
        connection.drip(b"\x16\x03\x03\x40\x00" + b"\x02" * 5000)

    with HostileServer(handle) as hostile:
        server = Server(hostile.server.template.replace("http:", "https:"))
        (result,) = fetch(server, limits=replace(PATIENT, connect=0.1))
    assert (result.status, result.detail) == (ERROR, "connect timeout")


def test_silence_is_a_read_timeout(fetch: Fetch) -> None:
    with HostileServer(Connection.hold) as hostile:
        (result,) = fetch(hostile.server, limits=replace(PATIENT, read=0.1))
    assert (result.status, result.detail) == (ERROR, "read timeout")


def test_a_connection_that_was_closed_meanwhile_is_made_anew(tmp_path: Path, fetch: Fetch) -> None:
    closed = threading.Semaphore(0)

    class Patient(FlagStore):
        def save(self, cc: str, image: bytes) -> None:
            assert closed.acquire(timeout=WITHIN)
            super().save(cc, image)

    def handle(connection: Connection) -> None:
        once(answer())(connection)
        connection.sock.shutdown(socket.SHUT_RDWR)
        closed.release()

    with HostileServer(handle) as hostile:
        results = fetch(hostile.server, "BR", "CN", "FR", store=Patient(tmp_path))
        assert hostile.accepted == 3
    assert [(result.status, result.attempts) for result in results] == [(OK, 1)] * 3


# Cancel


def test_after_cancel_nothing_is_asked_for(fetch: Fetch) -> None:
    cancel = threading.Event()
    cancel.set()
    with HostileServer(in_turn(answer())) as hostile:
        results = fetch(hostile.server, "BR", "CN", cancel=cancel)
        assert hostile.accepted == 0
    assert results == [FlagResult(cc, CANCELLED, "cancelled") for cc in ("BR", "CN")]


def test_what_is_in_flight_at_a_cancel_ends_soon_and_is_not_saved(
    fetch: Fetch, store: FlagStore
) -> None:
    cancel = threading.Event()
    in_flight = threading.Event()

    def handle(connection: Connection) -> None:
        connection.read_request()
        connection.send(UNTIL_EOF + GIF)
        in_flight.set()
        connection.hold()

    with HostileServer(handle) as hostile, ThreadPoolExecutor(1) as executor:
        fetching = executor.submit(fetch, hostile.server, attempts=3, cancel=cancel)
        assert in_flight.wait(WITHIN)
        cancel.set()
        (result,) = fetching.result(WITHIN)
    assert (result.status, result.detail) == (CANCELLED, "cancelled")
    assert not store.directory.exists()


def test_a_cancel_ends_the_wait_on_a_connection_that_is_used_again(fetch: Fetch) -> None:
    cancel = threading.Event()
    left = threading.Event()

    def handle(connection: Connection) -> None:
        once(answer())(connection)
        connection.read_request()
        cancel.set()
        if connection.sock.recv(1) == b"":
            left.set()

    with HostileServer(handle) as hostile:
        results = fetch(hostile.server, "BR", "CN", cancel=cancel)
        assert left.wait(WITHIN)
        assert hostile.accepted == 1
    assert [result.status for result in results] == [OK, CANCELLED]


def test_a_flag_that_arrives_with_the_cancel_is_not_saved(
    fetch: Fetch, store: FlagStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancel = threading.Event()
    monkeypatch.setattr(download, "check_gif", lambda _: cancel.set())
    with HostileServer(in_turn(answer())) as hostile:
        (result,) = fetch(hostile.server, cancel=cancel)
    assert (result.status, result.detail) == (CANCELLED, "cancelled")
    assert result.received is not None
    assert not store.directory.exists()


# The network


def test_a_closed_port_is_refused(fetch: Fetch) -> None:
    with reserved_port() as port:
        (result,) = fetch(Server(f"http://127.0.0.1:{port}{LAYOUT}"), attempts=2)
    assert (result.status, result.detail, result.attempts) == (ERROR, "refused", 2)


def test_an_unknown_host_is_called_that(fetch: Fetch) -> None:
    # A label has at most 63 letters: no resolver is asked, so this needs no network.
    (result,) = fetch(Server(f"http://{'x' * 64}.example" + LAYOUT))
    assert (result.status, result.detail) == (ERROR, "unknown host")


@pytest.mark.skipif(not Path("/proc").exists(), reason="only Linux drops what its queue can't take")
def test_a_port_that_says_nothing_is_a_connect_timeout(fetch: Fetch) -> None:
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):  # until the listener's queue is full
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            assert waiting.connect_ex(listener.getsockname()) in {0, errno.EINPROGRESS}
        server = Server(f"http://127.0.0.1:{listener.getsockname()[1]}{LAYOUT}")
        (result,) = fetch(server, limits=replace(PATIENT, connect=0.1))
    assert (result.status, result.detail) == (ERROR, "connect timeout")


def test_a_reset_in_the_middle_is_called_that(fetch: Fetch) -> None:
    def handle(connection: Connection) -> None:
        connection.read_request()
        connection.send(answer(GIF[:100], length=len(GIF)))
        # With a linger time of 0, a close sends a reset.
        linger = b"\1\0\0\0\0\0\0\0"
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        connection.sock.close()

    with HostileServer(handle) as hostile:
        (result,) = fetch(hostile.server)
    assert (result.status, result.detail) == (ERROR, "connection reset")


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "not HTTP"),
        (b"\0\xff" * 500, "not HTTP"),
        (b"HTTP/9.9 banana\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: " + b"x" * 1_000_000 + b"\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 100_000 + b"\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n" + GIF, "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n" + GIF, "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n" + answer()[17:], "not HTTP"),
        (b"", "connection reset"),
    ],
    ids=[
        "SSH",
        "bytes",
        "version",
        "long line",
        "many headers",
        "negative length",
        "no length",
        "two lengths",
        "nothing",
    ],
)
def test_garbage_is_named_and_the_next_download_works(
    data: bytes, detail: str, fetch: Fetch
) -> None:
    handlers = [once(data), in_turn(answer())]

    def handle(connection: Connection) -> None:
        handlers.pop(0)(connection)

    with HostileServer(handle) as hostile:
        broken, good = fetch(hostile.server, "AA", "BR")
    assert (broken.status, broken.detail) == (ERROR, detail)
    assert good.status is OK


def test_tls_that_is_none_is_named(fetch: Fetch) -> None:
    with HostileServer(lambda connection: connection.send(b"HTTP/1.1 200 OK\r\n\r\n")) as hostile:
        server = Server(hostile.server.template.replace("http:", "https:"))
        (result,) = fetch(server)
    assert (result.status, result.detail) == (ERROR, "TLS error")


# What is sent


def test_the_request_says_little_and_wants_no_compression(
    fetch: Fetch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    requests: list[bytes] = []

    def choose(request: bytes) -> bytes:
        requests.append(request)
        return answer(GIF, "200 OK", "Set-Cookie: tracked=1; Path=/")

    with HostileServer(answering(choose)) as hostile, HostileServer(in_turn(answer())) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://{}:{}".format(*proxy.address))
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        results = fetch(hostile.server, "BR", "CN")
        assert proxy.accepted == 0
        assert hostile.accepted == 1
    assert [result.status for result in results] == [OK, OK]
    host, port = hostile.address
    for cc, request in zip(("br", "cn"), requests, strict=True):
        line, *headers = request.decode().split("\r\n")
        assert line == f"GET /flags/{cc}/{cc}.gif HTTP/1.1"
        # Each header is there once.
        assert sorted(header.lower() for header in headers) == [
            "accept-encoding: identity",
            "accept: image/gif",
            f"host: {host}:{port}",
            "user-agent: flagdl",
        ]


# The disk


def test_a_file_in_the_directorys_place_is_a_result(tmp_path: Path, fetch: Fetch) -> None:
    (tmp_path / "downloads").write_text("mine")
    with HostileServer(in_turn(answer())) as hostile:
        for where in ("downloads", "downloads/below"):
            (result,) = fetch(hostile.server, attempts=3, store=FlagStore(tmp_path / where))
            assert (result.status, result.attempts) == (ERROR, 1)
            assert result.detail in {"can't save: File exists", "can't save: Not a directory"}


class FailingStore(FlagStore):
    """A store on a disk that gives an error."""

    def __init__(self, directory: Path, number: int) -> None:
        super().__init__(directory)
        self._number = number

    def save(self, cc: str, image: bytes) -> None:
        raise OSError(self._number, os.strerror(self._number))


@pytest.mark.parametrize(
    ("number", "detail"),
    [
        (errno.ENOSPC, "disk full"),
        (errno.EDQUOT, "disk full"),
        (errno.EROFS, "downloads directory is read-only"),
        (errno.EACCES, "downloads directory is read-only"),
        (errno.EIO, "can't save: Input/output error"),
    ],
)
def test_trouble_with_the_disk_is_named_and_not_tried_again(
    number: int, detail: str, tmp_path: Path, fetch: Fetch
) -> None:
    with HostileServer(in_turn(answer())) as hostile:
        (result,) = fetch(hostile.server, attempts=3, store=FailingStore(tmp_path, number))
    assert (result.status, result.detail, result.attempts) == (ERROR, detail, 1)


def test_a_bug_is_not_a_result(tmp_path: Path, fetch: Fetch) -> None:
    class Buggy(FlagStore):
        def save(self, cc: str, image: bytes) -> None:
            raise ZeroDivisionError

    with (
        HostileServer(in_turn(answer())) as hostile,
        pytest.raises(RuntimeError, match="ZeroDivisionError"),
    ):
        fetch(hostile.server, store=Buggy(tmp_path))
