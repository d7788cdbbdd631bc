"""Answers are read as http.client reads them, only quicker."""

import http.client
import random
import re
import threading
from contextlib import ExitStack, closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any

import pytest

from flagdl.connections import MAX_HEADERS, MAX_LINE, Answer
from flagdl.transport import Transport
from tests.hostile import answer
from tests.running import wait_for
from tests.test_fuzz import mutated

HEADS = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
    b"HTTP/1.1 200 OK\nContent-Length: 5\n\n",
    b"HTTP/1.1 200 OK\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: CHUNKED\r\nContent-Length: 5\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nConnection: Close\r\ncontent-length:5\r\n\r\n",
    b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n",
    b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n",
    b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\nKeep-Alive: timeout=5\r\n\r\n",
    b"HTTP/0.9 200 OK\r\n\r\n",
    b"HTTP/2.0 200 OK\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 200  Fine \r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 204 Nothing\r\nContent-Length: 5\r\n\r\n",
    b"HTTP/1.1 304 Not modified\r\n\r\n",
    b"HTTP/1.1 200\r\n\r\n",
    b"HTTP/1.1 20 OK\r\n\r\n",
    b"SMTP ready\r\n\r\n",
    b"",
    b"HTTP/1.1 200 OK\r\nContent-Len",
    *(b"HTTP/1.1 200 OK\r\nContent-Length: %b\r\n\r\n" % length
      for length in (b"-5", b"1_0", b"+5", b"5, 5", b"five", b"", b" 5 ", b"9" * 30, b"9" * 5000)),
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: five\r\nContent-Length: 6\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * (MAX_HEADERS - 1) + b"\r\n",
    b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * (MAX_HEADERS + 1) + b"\r\n",
    b"HTTP/1.1 200 OK\r\nX: " + b"y" * (MAX_LINE - 5) + b"\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX: " + b"y" * MAX_LINE + b"\r\n\r\n",
]  # fmt: skip
BROKEN_LINE = re.compile(rb"(?m)^(?![!-9;-~]*:)(?!\r?$)|\r(?!\n)|\0")


class Wire:
    """What http.client takes for a socket."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, mode: str) -> BytesIO:
        return BytesIO(self._data)


def understood(kind: type[http.client.HTTPResponse], data: bytes) -> dict[str, Any] | str:
    """Return what a class makes of an answer, or the kind of exception."""
    wire: Any = Wire(data)
    with ExitStack() as stack:
        response = kind(wire, method="GET")
        stack.callback(response.close)
        try:
            response.begin()
        except (http.client.HTTPException, OSError) as exc:
            return type(exc).__name__
        names = ("status", "reason", "version", "chunked", "length", "will_close")
        return {name: getattr(response, name) for name in names}


@pytest.mark.parametrize("head", HEADS, ids=range(len(HEADS)))
def test_a_head_means_what_it_means_to_http_client(head: bytes) -> None:
    assert understood(Answer, head) == understood(http.client.HTTPResponse, head)


def test_so_does_a_head_that_is_broken() -> None:
    choice = random.Random(1)
    compared = 0
    for _ in range(5000):
        whole = choice.choice([answer(b"x" * 40), *HEADS[:11]])
        head, end, body = mutated(whole, choice).partition(b"\r\n\r\n")
        # At a line without a name and a colon the e-mail parser stops; and it knows folded ones.
        if BROKEN_LINE.search(head.partition(b"\n")[2]):
            continue
        compared += 1
        data = head + end + body
        as_known = understood(http.client.HTTPResponse, data)
        # Of the interim answers it knows only 100 for one.
        if not isinstance(as_known, dict) or as_known["status"] >= 200:
            assert understood(Answer, data) == as_known, data
    assert compared > 1000


@pytest.mark.parametrize("status", ["100 Continue", "101 Switching", "102 Wait", "103 Early Hints"])
def test_interim_answers_are_passed_over(status: str) -> None:
    interim = f"HTTP/1.1 {status}\r\nLink: </fr>\r\nContent-Length: 5\r\n\r\n".encode()
    assert understood(Answer, interim * 3 + HEADS[0]) == understood(Answer, HEADS[0])


class Quick(BaseHTTPRequestHandler):
    """Keeps its connections, and counts those that have ended."""

    protocol_version = "HTTP/1.1"
    ended = 0

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def finish(self) -> None:
        super().finish()
        Quick.ended += 1

    def log_message(self, *_: object) -> None:
        pass


def test_connections_are_kept_to_one_host_only() -> None:
    Quick.ended = 0
    with (
        ThreadingHTTPServer(("0.0.0.0", 0), Quick) as server,
        closing(Transport("http://127.0.0.1/", 2, (5, 5))) as transport,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for number in (1, 1, 2, 2, 3, 3, 4, 4):
            with transport.get(f"http://127.0.0.{number}:{server.server_port}/") as response:
                assert response.read() == b""
        wait_for(lambda: Quick.ended == 3)
        server.shutdown()
