"""One client's connection: its requests for the app, and the app's answers. h11 does HTTP."""

import contextlib
import logging
import socket
import struct
import sys
from email.utils import formatdate
from io import BytesIO
from typing import TYPE_CHECKING, Any

import h11

from flagdl.web.server.bodies import BODY_LIMIT, body_limit
from flagdl.web.server.environ import environ_of, environ_of_refused
from flagdl.web.server.sending_limit import SendingLimit

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

HEAD_LIMIT = 64 * 1024  # bytes: browsers also send the cookies of other programs on this machine
SEND_TIMEOUT = 10.0  # seconds in which a client must take a further part of an answer
REFUSED = "flagdl.refused"  # in the environ of a request that can't be read: the error
RESET = struct.pack("ii", 1, 0)  # for SO_LINGER
BEGINNING = 8192  # bytes of a request that are kept in case it must be refused


class ClientGone(Exception):
    """The client has closed, or the connection is broken."""


class Connection:
    """A connection; one thread at a time uses it.

    `receive()` and `next_request()` never wait. `answer()` waits for the app and the client.
    """

    def __init__(
        self, sock: socket.socket, client: tuple[Any, ...], sending_limit: SendingLimit
    ) -> None:
        self.sock = sock
        self._sending_limit = sending_limit
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._client = client
        self._http = h11.Connection(h11.SERVER, HEAD_LIMIT)
        self._begin()

    def _begin(self) -> None:
        self._beginning = self._http.trailing_data[0][:BEGINNING]  # a client may send ahead
        self._request: h11.Request | None = None
        self._body = bytearray()
        self._body_limit = BODY_LIMIT
        self._refused: h11.RemoteProtocolError | None = None

    @property
    def is_idle(self) -> bool:
        """Whether nothing of a request has come."""
        return not self._beginning

    def receive(self) -> bytes:
        """Take what has come; raises ClientGone."""
        try:
            data = self.sock.recv(65536)
        except BlockingIOError:
            return b""
        except OSError as exc:
            raise ClientGone from exc
        if not data:
            raise ClientGone
        return data

    def next_request(self, data: bytes = b"") -> bool:
        """Return whether a request is there, whole or to be refused, now that `data` came."""
        try:
            if data:
                self._beginning += data[: BEGINNING - len(self._beginning)]
                self._http.receive_data(data)
            return self._read_request()
        except h11.RemoteProtocolError as exc:
            self._refused = exc
            return True

    def answer(self, app: "WSGIApplication", *, last: bool) -> bool:
        """Have the app answer the request; returns whether the connection can have another one.

        The client is told if this answer is the last one: the server stops, or no other can follow.
        """
        self.sock.settimeout(SEND_TIMEOUT)
        try:
            self._send_answer(app, self._environ(), last=last)
        except Exception as exc:
            if not isinstance(exc, StopIteration | ClientGone):  # flask-sock's, after a websocket
                log.exception("an answer broke off")
            self._reset_when_closed()
            return False
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self.sock.setblocking(False)
        self._http.start_next_cycle()
        self._begin()
        return True

    def shutdown(self) -> None:
        """Wake a thread that waits for the client; the connection is of no use any more."""
        with contextlib.suppress(OSError):  # the client was quicker
            self.sock.shutdown(socket.SHUT_RDWR)

    def _reset_when_closed(self) -> None:
        """Let close() drop what is not sent, and cut off a client that still sends."""
        with contextlib.suppress(OSError):
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)

    def _read_request(self) -> bool:
        while True:
            match self._http.next_event():
                case h11.Request() as request:
                    if not self._wants_body(request):
                        return True
                case h11.Data(data=data):
                    self._body += data
                    if len(self._body) > self._body_limit:
                        return True
                case h11.EndOfMessage():
                    return True
                case h11.ConnectionClosed():
                    raise ClientGone
                case _:  # NEED_DATA
                    return False

    def _wants_body(self, request: h11.Request) -> bool:
        self._request = request
        _check(request)
        self._body_limit = body_limit(environ_of(request)["PATH_INFO"])
        if int(dict(request.headers).get(b"content-length", 0)) > self._body_limit:
            return False
        if self._http.they_are_waiting_for_100_continue:
            self._send_continue()
        return True

    def _send_continue(self) -> None:
        go_on = self._http.send(h11.InformationalResponse(status_code=100, headers=[]))
        try:
            self.sock.send(go_on or b"")
        except OSError as exc:
            raise ClientGone from exc

    def _environ(self) -> "WSGIEnvironment":
        server = self.sock.getsockname()
        environ: dict[str, Any] = {
            "SERVER_NAME": f"[{server[0]}]" if ":" in server[0] else server[0],
            "SERVER_PORT": str(server[1]),
            "REMOTE_ADDR": self._client[0],
            "REMOTE_PORT": str(self._client[1]),
            "SCRIPT_NAME": "",
            "CONTENT_LENGTH": str(len(self._body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(self._body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            # flask-sock looks for the socket here, as in a server that it knows.
            "gunicorn.socket": self.sock,
        }
        if self._refused or self._request is None:
            refused = environ_of_refused(self._beginning, self._request)
            return {**environ, **refused, REFUSED: self._refused}
        return {**environ, **environ_of(self._request)}

    def _send_answer(
        self, app: "WSGIApplication", environ: "WSGIEnvironment", *, last: bool
    ) -> None:
        head = b""

        def start_response(
            status: str, headers: list[tuple[str, str]], _exc_info: object = None, /
        ) -> Any:
            nonlocal head
            unread = self._http.their_state is not h11.DONE
            head = self._head(status, headers, close=last or unread)

        chunks = app(environ, start_response)
        try:
            # The first data goes with the head, in one packet if they fit.
            for chunk in chunks:
                if chunk:
                    self._send(head + (self._http.send(h11.Data(chunk)) or b""))
                    head = b""
            self._send(head + (self._http.send(h11.EndOfMessage()) or b""))
        finally:
            if close := getattr(chunks, "close", None):
                close()

    def _send(self, data: bytes) -> None:
        left = memoryview(data)
        with self._sending_limit.sending(self.shutdown):
            try:
                # Not sendall(): its timeout is for all of the data, and a client may be slow.
                while left:
                    left = left[self.sock.send(left) :]
            except OSError as exc:
                raise ClientGone from exc

    def _head(self, status: str, headers: list[tuple[str, str]], *, close: bool) -> bytes:
        sent = [*headers]
        if all(name.lower() != "date" for name, _ in headers):
            sent.append(("Date", formatdate(usegmt=True)))
        if close:
            sent.append(("Connection", "close"))
        response = h11.Response(status_code=int(status[:3]), reason=status[4:], headers=sent)
        return self._http.send(response) or b""


def _check(request: h11.Request) -> None:
    """Refuse a request that is wrong but that h11 accepts."""
    if request.http_version not in (b"1.0", b"1.1"):
        raise h11.RemoteProtocolError("the version is not 1.0 or 1.1", error_status_hint=505)
    # A proxy in front may use the one of the two that h11 does not.
    if {b"content-length", b"transfer-encoding"} <= dict(request.headers).keys():
        raise h11.RemoteProtocolError("both Content-Length and Transfer-Encoding")
