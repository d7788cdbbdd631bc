"""Connections that the watchdog can cut, and that leave out what no flag needs."""

import http.client
from collections.abc import Callable
from http.client import HTTPException, LineTooLong, UnknownProtocol
from typing import IO, Any

from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from flagdl.watchdog import hold

# Of an answer's head, in lines and bytes, as http.client has them.
MAX_HEADERS, MAX_LINE = 100, 65536


class Answer(http.client.HTTPResponse):
    """An answer as http.client has it, but for the e-mail parser: a sixth of what a flag costs."""

    headers: HTTPHeaderDict  # type: ignore[assignment] # it has what is used of a message
    # Inherited, but unknown to typeshed.
    _read_status: Callable[[], tuple[str, int, str]]
    _check_close: Callable[[], bool]

    def begin(self) -> None:
        """Read the head."""
        while True:
            version, status, reason = self._read_status()
            self.headers = _read_headers(self.fp)
            if status >= http.client.OK:  # else it was an interim answer, as 103 Early Hints
                break
        self.version = 10 if version in ("HTTP/1.0", "HTTP/0.9") else 11
        if self.version == 11 and not version.startswith("HTTP/1."):
            raise UnknownProtocol(version)
        self.code = self.status = status
        self.reason = reason.strip()
        self.chunked = self._first("transfer-encoding").lower() == "chunked"
        self.chunk_left = None
        self.length = None if self.chunked else self._find_length()
        # Where nothing else says how long it is, its end is that of the connection.
        self.will_close = self._check_close() or (self.length is None and not self.chunked)

    def _read_next_chunk_size(self) -> int:
        size = super()._read_next_chunk_size()  # type: ignore[misc] # unknown to typeshed
        if size < 0:  # http.client would read all there is, past every limit
            self._close_conn()  # type: ignore[attr-defined]
            raise ValueError("negative chunk size")  # of which http.client makes IncompleteRead
        return int(size)

    def _find_length(self) -> int | None:
        if self.status in (204, 304):
            return 0
        try:
            length = int(self._first("content-length"))
        except ValueError:
            return None
        return length if length >= 0 else None

    def _first(self, name: str) -> str:
        return next(iter(self.headers.getlist(name)), "")


def _read_headers(file: IO[bytes]) -> HTTPHeaderDict:
    headers = HTTPHeaderDict()
    for _ in range(MAX_HEADERS):
        line = file.readline(MAX_LINE + 1)
        if len(line) > MAX_LINE:
            raise LineTooLong("header line")
        if line in (b"\r\n", b"\n", b""):
            return headers
        name, _, value = line.decode("latin-1").partition(":")
        headers.add(name.rstrip(), value.strip())
    raise HTTPException("too many headers")


class _Connection(HTTPConnection):
    """A connection that tells the watchdog which socket it waits for.

    urllib3 looks into each request and each answer for what is in none of ours: a body, framing,
    broken headers. Without that a flag costs a sixteenth less.
    """

    response_class = Answer

    def connect(self) -> None:
        super().connect()
        hold(self.sock)

    def request(self, method: str, url: str, *_: Any, headers: Any = None, **__: Any) -> None:
        if self.sock is not None:
            hold(self.sock)
        self.putrequest(method, url, skip_accept_encoding=True)
        for name, value in headers.items():
            self.putheader(name, value)
        self.endheaders()

    def getresponse(self) -> HTTPResponse:  # type: ignore[override] # as urllib3's own
        # Every time costs a call into the system.
        if self.sock.gettimeout() != self.timeout:
            self.sock.settimeout(self.timeout)
        answer: Any = http.client.HTTPConnection.getresponse(self)
        return HTTPResponse(
            answer,
            answer.headers,
            answer.status,
            answer.version,
            reason=answer.reason,
            preload_content=False,
            original_response=answer,
        )


class _TLSConnection(_Connection, HTTPSConnection):
    """The same over TLS; its handshake as a whole is bounded by the timeout for connecting."""


class Pool(HTTPConnectionPool):
    """Connections to one host."""

    ConnectionCls = _Connection


class TLSPool(HTTPSConnectionPool):
    """The same over TLS."""

    ConnectionCls = _TLSConnection
