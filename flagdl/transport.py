"""HTTP for one job: requests at its quickest, with failures that have names.

The only module that imports requests.
"""

import contextlib
import errno
import logging
import socket
import ssl
import traceback
from collections.abc import Iterator
from http.client import HTTPException, IncompleteRead
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    ReadTimeoutError,
)

from flagdl.watchdog import hold

# What servers send is not for the log: urllib3 would put whole broken answers there.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)

HEADERS = {"User-Agent": "flagdl", "Accept": "image/gif", "Accept-Encoding": "identity"}

# Some of these are kinds of others: the first that fits names the cause.
CAUSES: tuple[tuple[str, tuple[type[BaseException], ...]], ...] = (
    ("unknown host", (NameResolutionError, socket.gaierror)),
    ("refused", (ConnectionRefusedError,)),
    ("connect timeout", (ConnectTimeoutError,)),
    ("read timeout", (ReadTimeoutError, TimeoutError)),
    ("truncated", (IncompleteRead,)),
    ("connection reset", (ConnectionResetError, BrokenPipeError)),
    ("TLS error", (ssl.SSLError,)),
    ("not HTTP", (HTTPException,)),
)


class TransportError(Exception):
    """The network or the server's HTTP failed; the message is the cause, in a word or two."""


class Transport:
    """Asks one server, over as many kept-alive connections as `pool_size`.

    It reads nothing from the environment and keeps no cookies. Safe from any thread.
    """

    def __init__(self, url: str, pool_size: int) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.clear()
        self._session.headers.update(HEADERS)
        self._adapter = _WatchedAdapter(pool_connections=1, pool_maxsize=pool_size)
        self._request = self._session.prepare_request(requests.Request("GET", url))

    @contextlib.contextmanager
    def get(self, url: str, timeout: tuple[float, float]) -> Iterator[requests.Response]:
        """Give an answer whose body is yet to be read from its `raw`, for a block.

        `timeout` is for connecting and for each read, in seconds. Raises TransportError, also
        for what goes wrong in the block.
        """
        request = self._request.copy()
        request.url = url
        try:
            # The adapter and not the session, which merges settings and looks for cookies and
            # redirects with every request: that doubles its cost and is all unwanted here.
            response = self._adapter.send(request, stream=True, timeout=timeout, proxies={})
            try:
                yield response
            finally:
                response.close()
        except (requests.RequestException, HTTPError, OSError) as exc:
            cause = _name(exc)
        else:
            return
        raise TransportError(cause)

    @staticmethod
    def drain(response: requests.Response, limit: int) -> None:
        """Read a body that nobody wants, up to `limit` bytes: then its connection can be kept."""
        with contextlib.suppress(HTTPError):
            response.raw.read(limit, decode_content=False)

    def close(self) -> None:
        """Close every connection."""
        self._adapter.close()
        self._session.close()


def _name(exc: BaseException) -> str:
    """Name what went wrong, however deep the libraries have wrapped it, and let go of the rest."""
    layers = _layers(exc)
    for layer in layers:
        # Its frames hold the answer, and so the socket, until the garbage collector comes by.
        traceback.clear_frames(layer.__traceback__)
    if any(isinstance(e, OSError) and e.errno in (errno.EMFILE, errno.ENFILE) for e in layers):
        return "too many open files"
    for name, kinds in CAUSES:
        if any(isinstance(layer, kinds) for layer in layers):
            return name
    return "connection error"


def _layers(exc: BaseException) -> list[BaseException]:
    """Return an exception and all that it was raised from."""
    layers: list[BaseException] = []
    queue: list[Any] = [exc]
    while queue:
        layer = queue.pop()
        if isinstance(layer, BaseException) and layer not in layers:
            layers.append(layer)
            queue += [layer.__cause__, layer.__context__, *layer.args]
            queue.append(getattr(layer, "reason", None))
    return layers


class _Connection(HTTPConnection):
    """A connection that tells the watchdog which socket it waits for."""

    def connect(self) -> None:
        super().connect()
        hold(self.sock)

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:
            hold(self.sock)
        super().request(*args, **kwargs)


class _TLSConnection(_Connection, HTTPSConnection):
    """The same over TLS; its handshake as a whole is bounded by the timeout for connecting."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


class _WatchedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}

    def close(self) -> None:
        # urllib3 leaves that to the garbage collector, which an exception with a reference to the
        # pool keeps waiting, with all of the job's sockets.
        for key in self.poolmanager.pools.keys():  # noqa: SIM118 - it can't be iterated
            self.poolmanager.pools[key].close()
        super().close()
