"""HTTP by libcurl, as a transport adapter of requests.

The only module that imports pycurl. libcurl keeps the connection, reads what hostile servers send,
and bounds the time; the rest of the code sees requests' PreparedRequest, Response and exceptions.
"""

import asyncio
import math
import os
import socket
import ssl
import threading
from contextlib import suppress
from errno import ECONNREFUSED
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import pycurl
import requests
from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH

Multi = pycurl.AsyncCurlMulti
HEADERS = {"User-Agent": "flagdl", "Accept": "image/gif", "Accept-Encoding": "identity"}
PHRASES = {status.value: status.phrase for status in HTTPStatus}
# Each may name a file or a directory of further certificates, as with curl and requests.
CERTIFICATES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")

# libcurl's defaults do the rest: no redirects, no cookies, no netrc, no decompression.
OPTIONS = (
    (pycurl.NOSIGNAL, 1),  # signals are the main thread's
    (pycurl.PROXY, ""),  # the environment's proxies are not used
    # A connection is for one request at a time.
    (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1),
    (pycurl.MAXCONNECTS, 1),  # if {cc} is in the host name, a kept connection is of no use
    (pycurl.LOW_SPEED_LIMIT, 1),  # bytes a second
)
WEIRD_SERVER_REPLY, TOO_LARGE_HEADERS = 8, 100  # pycurl has no names for these
UNSENT = {
    pycurl.E_COULDNT_RESOLVE_HOST,
    pycurl.E_COULDNT_CONNECT,
    pycurl.E_SSL_CONNECT_ERROR,
    pycurl.E_PEER_FAILED_VERIFICATION,
    pycurl.E_ABORTED_BY_CALLBACK,
}
# What OpenSSL's errors about a certificate mean.
VERDICTS = {
    9: "certificate not yet valid",
    10: "certificate expired",
    **dict.fromkeys((18, 19, 20, 21), "certificate of an unknown authority"),
}
CAUSES = {
    pycurl.E_COULDNT_RESOLVE_HOST: "unknown host",
    pycurl.E_PARTIAL_FILE: "truncated",
    pycurl.E_GOT_NOTHING: "connection reset",
    pycurl.E_RECV_ERROR: "connection reset",
    pycurl.E_SEND_ERROR: "connection reset",
    pycurl.E_SSL_CONNECT_ERROR: "TLS error",
    pycurl.E_UNSUPPORTED_PROTOCOL: "not HTTP",  # for example, an unknown HTTP version
    WEIRD_SERVER_REPLY: "not HTTP",
    TOO_LARGE_HEADERS: "not HTTP",
}


class TransportError(requests.RequestException):
    """The network or the server's HTTP failed; the message is the cause, in a word or two."""


class TimedOut(TransportError, requests.Timeout):
    """Connecting took too long, or the server sent nothing for too long."""


class TooLarge(TransportError):
    """The body is larger than it may be."""


class Timeout(NamedTuple):
    """What a request may take, in seconds; `read` is for each wait, in whole seconds."""

    connect: float
    read: float
    total: float


class Moments(NamedTuple):
    """The times of a request, in seconds since it began; None where it did not get so far."""

    sent: float | None = None
    first_byte: float | None = None
    received: float | None = None

    def since(self, began: float) -> "Moments":
        """Return the same times on a clock that said `began` when the request began."""
        return Moments(*(None if t is None else round(began + t, 6) for t in self))


class Sockets:
    """The open sockets of a job's threads; one call ends every wait for them (any thread).

    `_lock` guards all of it. The system gives the number of a closed descriptor to the next
    one, so no socket is closed while `abort()` shuts them down.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: set[int] = set()
        self._aborted = False

    def opened(self, descriptor: int, _purpose: int) -> int:
        """Register a socket of libcurl (a worker's thread); refused after `abort()`."""
        with self._lock:
            self._open.add(descriptor)
            return pycurl.SOCKOPT_ERROR if self._aborted else pycurl.SOCKOPT_OK

    def close(self, descriptor: int) -> int:
        """Close a socket for libcurl (a worker's thread)."""
        with self._lock:
            self._open.discard(descriptor)
            socket.close(descriptor)
        return 0

    def abort(self) -> None:
        """End every transfer, and let none begin; may be called twice."""
        with self._lock:
            self._aborted = True
            for descriptor in self._open:
                connection = socket.socket(fileno=descriptor)
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
                connection.detach()


class CurlAdapter(BaseAdapter):
    """One kept-alive connection for one worker at a time; `close()` it in the end.

    With every status, a body is read up to `max_bytes`, so that the connection can be used again.
    The answer has the standard reason and one header, Retry-After, because libcurl would call
    Python for each line. `moments` are the times of the last request.
    """

    def __init__(self, max_bytes: int, sockets: Sockets | None = None) -> None:
        super().__init__()
        self.moments = Moments()
        self._body: list[bytes] = []
        self._headers: Any = None
        self._curl = pycurl.Curl()
        for option, value in OPTIONS:
            self._curl.setopt(option, value)
        self._curl.setopt(pycurl.MAXFILESIZE_LARGE, max_bytes)
        self._curl.setopt(pycurl.WRITEFUNCTION, self._body.append)
        if sockets:
            self._curl.setopt(pycurl.SOCKOPTFUNCTION, sockets.opened)
            self._curl.setopt(pycurl.CLOSESOCKETFUNCTION, sockets.close)

    def send(
        self,
        request: PreparedRequest,
        *_: Any,
        timeout: Any = None,
        **__: Any,
    ) -> Response:
        """Ask, and wait for the whole answer in this thread; raises TransportError.

        `timeout` is a Timeout; the other options of requests' adapters are not used.
        """
        self._prepare(request, timeout)
        try:
            self._curl.perform()
        except pycurl.error as exc:
            return self._answer(request, exc)
        return self._answer(request)

    async def send_in_loop(
        self, multi: Multi, request: PreparedRequest, within: Timeout
    ) -> Response:
        """Ask, and wait for the whole answer on an event loop; raises TransportError.

        To end the transfer, cancel its future, one of `multi.futures()`.
        """
        self._prepare(request, within)
        transfer = multi.add_handle(self._curl)
        # `await transfer` would not tell whether the transfer or this task was cancelled.
        await asyncio.wait([transfer])
        if transfer.cancelled():
            raise TransportError("cancelled")
        return self._answer(request, transfer.exception())

    def close(self) -> None:
        """Close the connection; may be called twice."""
        self._curl.close()

    def _prepare(self, request: PreparedRequest, timeout: Timeout) -> None:
        self._body.clear()
        self.moments = Moments()
        setopt = self._curl.setopt
        setopt(pycurl.URL, _in_ascii(request.url or ""))
        setopt(pycurl.CONNECTTIMEOUT_MS, _milliseconds(timeout.connect))
        setopt(pycurl.LOW_SPEED_TIME, math.ceil(timeout.read))
        setopt(pycurl.TIMEOUT_MS, _milliseconds(timeout.total))
        if request.headers is not self._headers:
            if str(request.url).startswith("https:"):
                self._trust()
            setopt(pycurl.HTTPHEADER, [f"{k}: {v!s}" for k, v in request.headers.items()])
            self._headers = request.headers

    def _trust(self) -> None:
        self._curl.setopt(pycurl.CAINFO, DEFAULT_CA_BUNDLE_PATH)
        for name in CERTIFICATES:
            if path := os.environ.get(name, "").strip():
                if Path(path).is_dir():  # its files are named by hashes, as OpenSSL needs them
                    self._curl.setopt(pycurl.CAPATH, path)
                else:
                    self._curl.set_ca_certs(_certificates(name, Path(path)))

    def _answer(self, request: PreparedRequest, failure: Any = None) -> Response:
        status = self._curl.getinfo(pycurl.RESPONSE_CODE)
        if not failure or self._is_sent(failure.args[0]):
            self._set_moments(complete=not failure)
        # A failure counts if there is no answer, or if the status is 200. Any other status is the
        # result, even if its body is broken.
        if failure and status <= HTTPStatus.OK:
            raise self._named(*failure.args) from failure
        response = Response()
        response.request, response.url = request, request.url or ""
        response.status_code, response.reason = status, PHRASES.get(status, "unknown status")
        if after := self._curl.getinfo(pycurl.RETRY_AFTER):
            response.headers["Retry-After"] = str(after)
        response.raw = BytesIO(b"".join(self._body))
        return response

    def _is_sent(self, code: int) -> bool:
        """Whether the request was sent; if not, libcurl's times mean nothing."""
        return code not in UNSENT and self._curl.getinfo(pycurl.REQUEST_SIZE) > 0

    def _set_moments(self, *, complete: bool) -> None:
        info = self._curl.getinfo
        sent, first_byte = info(pycurl.PRETRANSFER_TIME), info(pycurl.STARTTRANSFER_TIME)
        received = info(pycurl.TOTAL_TIME) if complete else None
        self.moments = Moments(sent, first_byte or None, received)

    def _named(self, code: int, message: str) -> TransportError:
        """Return the exception for an error of libcurl."""
        match code:
            case pycurl.E_OPERATION_TIMEDOUT:
                return TimedOut("read timeout" if self._is_sent(code) else "connect timeout")
            case pycurl.E_FILESIZE_EXCEEDED:
                return TooLarge("too large")
            case pycurl.E_COULDNT_CONNECT if self._curl.getinfo(pycurl.OS_ERRNO) == ECONNREFUSED:
                return TransportError("refused")
            case pycurl.E_OUT_OF_MEMORY:  # what libcurl says when it gets no descriptor
                return TransportError("too many open files")
            case pycurl.E_COULDNT_CONNECT if not _descriptor_is_left():
                return TransportError("too many open files")
            case pycurl.E_RECV_ERROR if "chunk" in message:
                return TransportError("truncated")
            case pycurl.E_PEER_FAILED_VERIFICATION:
                other = "certificate of another host" if "subject name" in message else "TLS error"
                verdict = self._curl.getinfo(pycurl.SSL_VERIFYRESULT)
                return TransportError(VERDICTS.get(verdict, other))
        return TransportError(CAUSES.get(code, "connection error"))


def _certificates(name: str, path: Path) -> str:
    """Return the certificates of a file as PEM; raises TransportError."""
    try:
        data = path.read_bytes()
        # A byte order mark would hide the first certificate.
        text = data.decode("utf-8-sig", "replace").encode("ascii", "replace").decode()
        pem = text if "-----BEGIN " in text else ssl.DER_cert_to_PEM_cert(data)
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem)
    except ssl.SSLError as exc:
        raise TransportError(f"no certificate in the file of {name}") from exc
    except OSError as exc:
        raise TransportError(f"can't read {name}: {exc.strerror}") from exc
    return pem


def _descriptor_is_left() -> bool:
    """Whether this process can open another file: libcurl does not report that it can't."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        return False
    return True


def _in_ascii(url: str) -> str:
    """Return an address in ASCII, as HTTP sends it."""
    return url if url.isascii() else str(requests.Request("GET", url).prepare().url)


def _milliseconds(seconds: float) -> int:
    return max(1, math.ceil(seconds * 1000))  # for libcurl, 0 means no limit
