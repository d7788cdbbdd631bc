"""The HTTP server with slow, silent, faulty and many clients."""

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import pytest

from flagdl.web.server import connections, serving
from flagdl.web.server.bodies import BODY_LIMIT
from flagdl.web.server.connections import HEAD_LIMIT, REFUSED, RESET
from flagdl.web.server.serving import Server, listen
from tests.support.running import WITHIN, wait_for

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
# Requests that break off: before the head, in the head, in the body, in a chunk.
BEGINNINGS = [
    b"",
    b"GET / HTT",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\nabc",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\nab",
]
Respond = Callable[..., Any]


def echo(environ: dict[str, Any], start_response: Respond) -> Iterable[bytes]:
    """Answer with what was received."""
    if error := environ.get(REFUSED):
        start_response(f"{error.error_status_hint} Refused", [("Content-Length", "0")])
        return []
    body = environ["wsgi.input"].read()
    said = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']} {environ['QUERY_STRING']} "
    answer = said.encode("latin-1") + body
    start_response("200 OK", [("Content-Length", str(len(answer)))])
    return [answer]


class Running:
    """A server of the test's own, in a thread."""

    def __init__(self, app: Any = echo, threads: int = 4, **options: Any) -> None:
        listener = listen("127.0.0.1", 0)
        self.address = listener.getsockname()
        self.server = Server(listener, threads, **options)
        self.thread = threading.Thread(target=self.server.serve, args=[app])
        self.thread.start()

    def connect(self, sent: bytes = b"") -> socket.socket:
        client = socket.create_connection(self.address, WITHIN)
        client.sendall(sent)
        return client

    def ask(self, *sent: bytes) -> bytes:
        """Send the parts of a request that ends its connection, and return the answer."""
        with self.connect() as client:
            for part in sent:
                client.sendall(part)
            return all_of(client)

    def stop(self) -> None:
        self.server.stop()
        self.thread.join(WITHIN)
        self.server.close()
        assert not self.thread.is_alive()


def all_of(client: socket.socket) -> bytes:
    return client.makefile("rb").read()


def is_closed(client: socket.socket) -> bool:
    """Wait until the server closes; raises TimeoutError if it does not."""
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


def one_of(client: socket.socket) -> bytes:
    """Return one answer, with its body, from a connection that stays open."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        data = client.recv(1)
        assert data, answer
        answer += data
    length = int(answer.lower().partition(b"content-length: ")[2].split()[0])
    while length and (data := client.recv(length)):
        answer, length = answer + data, length - len(data)
    return answer


@contextmanager
def running(**options: Any) -> Iterator[Running]:
    started = Running(**options)
    try:
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running() as started:
        yield started


def test_a_connection_is_kept_and_a_client_may_be_ahead(server: Running) -> None:
    post = b"POST /b?c=%41 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nxyz"
    with server.connect(GET + post + GET) as client:
        assert one_of(client).endswith(b"\r\n\r\nGET /  ")
        assert one_of(client).endswith(b"POST /b c=%41 xyz")
        assert b"Connection" not in one_of(client)
        client.sendall(LAST)
        assert b"\r\nConnection: close\r\n" in one_of(client)
        assert client.recv(1) == b""


def test_a_request_may_come_byte_by_byte(server: Running) -> None:
    chunked = (
        b"POST /%C3%A9 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n"
    )
    assert server.ask(*[bytes([each]) for each in chunked]).endswith(b"POST /\xc3\xa9  abcde")


def test_a_client_may_wait_for_leave_to_send_its_body(server: Running) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    with server.connect(head) as client:
        go_on = b"HTTP/1.1 100 \r\n\r\n"
        assert client.recv(len(go_on), socket.MSG_WAITALL) == go_on
        client.sendall(b"ok")
        assert one_of(client).endswith(b"POST /  ok")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/3.0\r\nHost: x\r\n\r\n", 505),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA b: c\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),  # TLS
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"0\r\n\r\n",
            400,
        ),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"GET /" + b"a" * HEAD_LIMIT, 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\nCookie: " + b"a" * HEAD_LIMIT, 431),
    ],
)
def test_what_is_no_request_is_refused_and_the_connection_closed(
    server: Running, sent: bytes, status: int
) -> None:
    answer = server.ask(sent)
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"\r\nConnection: close\r\n" in answer


def test_cookies_of_other_programs_may_be_many(server: Running) -> None:
    cookies = b"\r\nCookie: " + b"a" * (HEAD_LIMIT - 1000)
    assert server.ask(LAST.replace(b"\r\nConn", cookies + b"\r\nConn")).endswith(b"GET /  ")


@pytest.mark.parametrize("target", ["/api/jobs/import/", "http://x/api/jobs/import?a"])
def test_a_path_that_takes_a_log_may_be_written_differently(server: Running, target: str) -> None:
    body = b"x" * (BODY_LIMIT + 1)
    head = f"POST {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    sent = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    assert server.ask(sent).endswith(body)


def test_too_long_a_body_is_not_waited_for(server: Running) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (BODY_LIMIT + 1)
    answer = server.ask(head)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"\r\nConnection: close\r\n" in answer


def test_headers_that_would_pass_for_others_are_dropped() -> None:
    seen: dict[str, Any] = {}

    def app(environ: dict[str, Any], start_response: Respond) -> Iterable[bytes]:
        seen.update(environ)
        return echo(environ, start_response)

    with running(app=app) as server:
        server.ask(LAST.replace(b"\r\nConn", b"\r\nX_Real: 1\r\nA: 1\r\nA: 2\r\nConn"))
        assert "HTTP_X_REAL" not in seen
        assert seen["HTTP_A"] == "1,2"
        server.ask(LAST.replace(b" / ", b" http://other:80/a?b "))
        assert (seen["HTTP_HOST"], seen["PATH_INFO"]) == ("other:80", "/a")


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_half_requests_hold_no_thread_and_the_oldest_go_first(beginning: bytes) -> None:
    with running(threads=1, most_waiting=10) as server, ExitStack() as open_sockets:
        clients = [open_sockets.enter_context(server.connect(beginning)) for _ in range(10)]
        assert server.ask(LAST).startswith(b"HTTP/1.1 200 ")
        assert is_closed(clients[0])
        clients[-1].settimeout(0)
        with pytest.raises(BlockingIOError):
            clients[-1].recv(1)


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_a_request_has_one_deadline_however_it_drips(beginning: bytes) -> None:
    with running(request_within=0.2, tick=0.01) as server, server.connect(beginning) as client:
        client.settimeout(0.02)
        for _ in range(1000):
            with suppress(TimeoutError):
                if is_closed(client):
                    return
            with suppress(ConnectionError):
                client.sendall(beginning[-1:])
        pytest.fail("it drips for ever")


def test_time_in_which_the_process_stood_still_is_nobodys_fault() -> None:
    now = [0.0]
    with running(tick=0.01, clock=lambda: now[0]) as server, server.connect(GET[:9]) as client:
        wait_for(lambda: server.server._waiting)
        now[0] += 1000
        wait_for(lambda: server.server._looked_at == 1000)
        client.sendall(GET[9:])
        assert one_of(client).startswith(b"HTTP/1.1 200 ")


def endless(environ: dict[str, Any], start_response: Respond) -> Iterable[bytes]:
    """Answer without an end, or as usual where the address has a query."""
    if environ["QUERY_STRING"]:
        yield from echo(environ, start_response)
        return
    start_response("200 OK", [])
    while True:
        yield b"x" * (1 << 24)  # no socket's buffer holds that much: sending waits for a reader


def test_who_takes_no_answer_holds_few_threads_and_the_oldest_goes_first() -> None:
    with (
        running(app=endless, threads=2, most_sending=1) as server,
        server.connect(GET) as first,
    ):
        assert first.recv(9) == b"HTTP/1.1 "
        with server.connect(GET) as second:
            assert second.recv(9) == b"HTTP/1.1 "  # else the next one might be the oldest
            for _ in range(3):
                assert server.ask(LAST.replace(b" / ", b" /?a ")).endswith(b"GET / a ")
            with suppress(ConnectionError):
                while first.recv(65536):  # it ends, since it was cut off
                    pass


def large(_: dict[str, Any], start_response: Respond) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Length", str(1 << 20))])
    return [b"x" * (1 << 20)]


@contextmanager
def slow_client(server: Running, send_buffer: int) -> Iterator[socket.socket]:
    """A client with a small buffer: the server's fills up, too."""
    server.server._listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 12)
        client.settimeout(WITHIN)
        client.connect(server.address)
        yield client


def test_a_client_may_take_its_answer_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "SEND_TIMEOUT", 2.0)
    with running(app=large) as server, slow_client(server, 1 << 16) as client:
        client.sendall(LAST)
        taken = 0
        for _ in range(30):  # three seconds in all
            taken += len(client.recv(1 << 13))
            threading.Event().wait(0.1)
        assert taken < 1 << 19
        assert taken + len(all_of(client)) > 1 << 20


@pytest.mark.parametrize("is_half_closed", [True, False])
def test_a_client_may_take_the_rest_when_the_server_has_closed(
    monkeypatch: pytest.MonkeyPatch, is_half_closed: bool
) -> None:
    """The server closes when the client sends no more, or after a time."""
    monkeypatch.setattr(serving, "LINGER", 60.0 if is_half_closed else 0.0)
    with running(app=large, tick=0.01) as server, slow_client(server, 1 << 21) as client:
        client.sendall(LAST)
        if is_half_closed:
            client.shutdown(socket.SHUT_WR)
        assert client.recv(1) == b"H"
        wait_for(lambda: not server.server._busy and not server.server._waiting)
        assert len(all_of(client)) > 1 << 20


def test_a_client_that_leaves_before_leave_is_given_harms_nobody() -> None:
    left = threading.Event()

    def app(environ: dict[str, Any], start_response: Respond) -> Iterable[bytes]:
        yield from echo(environ, start_response)
        left.wait(WITHIN)  # the answer is sent, and the client's next request is not read yet

    head = b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    with running(app=app) as server:
        with server.connect(GET + head) as client:
            assert one_of(client).endswith(b"GET /  ")
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        left.set()
        assert server.ask(LAST).startswith(b"HTTP/1.1 200 ")


def test_the_end_waits_for_no_half_request_and_for_no_slow_reader() -> None:
    before = set(threading.enumerate())
    with ExitStack() as open_sockets:
        with running(app=endless) as server:
            for beginning in [*BEGINNINGS, GET]:
                open_sockets.enter_context(server.connect(beginning))
            wait_for(lambda: server.server._busy)
        wait_for(lambda: set(threading.enumerate()) <= before)


def test_who_stays_after_the_last_answer_holds_no_thread() -> None:
    with running(threads=1) as server, ExitStack() as open_sockets:
        for sent in [LAST, b"nonsense\r\n\r\n"] * 5:
            client = open_sockets.enter_context(server.connect(sent))
            assert all_of(client).startswith(b"HTTP/1.1 ")
        assert server.ask(LAST).startswith(b"HTTP/1.1 200 ")


def test_requests_are_answered_where_the_system_gives_no_more_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def told(environ: dict[str, Any], start_response: Respond) -> Iterable[bytes]:
        start_response("200 OK", [])
        return [b"the server's" if threading.current_thread() is thread else b"another"]

    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with running(app=told) as server:
        thread = server.thread
        monkeypatch.setattr(threading.Thread, "start", refuse)
        assert server.ask(b"GET / HTTP/1.0\r\nHost: a\r\n\r\n").endswith(b"another")


def test_stopped_before_it_begins() -> None:
    server = Server(listen("127.0.0.1", 0), 1)
    server.stop()
    server.serve(echo)
    server.close()


@pytest.mark.parametrize("error", [ValueError("a bug"), OSError(5, "Input/output error")])
def test_an_app_that_fails_is_logged_and_leaves_the_server_alone(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(environ: dict[str, Any], start_response: Respond) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", "9")])
        yield b"123"
        raise error

    with running(app=fails) as server:
        for _ in range(3):
            assert server.ask(LAST).endswith(b"\r\n\r\n123")
    assert str(error) in caplog.text


@pytest.mark.parametrize("headers", [[], [("date", "Mon, 01 Jan 2024 00:00:00 GMT")]])
def test_an_answer_has_one_date(headers: list[tuple[str, str]]) -> None:
    def dated(environ: dict[str, Any], start_response: Respond) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", "0"), *headers])
        return []

    with running(app=dated) as server:
        answer = server.ask(LAST).lower()
    assert answer.count(b"\r\ndate: ") == 1
    assert all(value.lower().encode() in answer for _, value in headers)
