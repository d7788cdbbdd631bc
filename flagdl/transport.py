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
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, Timeout
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    ReadTimeoutError,
)

from flagdl.connections import Pool, TLSPool

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

    `url` is an address there; `timeout` is for connecting and for each read, in seconds. It reads
    nothing from the environment and keeps no cookies. Safe from any thread.
    """

    def __init__(self, url: str, pool_size: int, timeout: tuple[float, float]) -> None:
        self._adapter = _LeanAdapter(pool_size)
        # A name and a password in the URL have become a header.
        request = requests.Request("GET", url, headers=HEADERS).prepare()
        self._headers = {name: str(value) for name, value in request.headers.items()}
        self._timeout = Timeout(connect=timeout[0], read=timeout[1])

    @contextlib.contextmanager
    def get(self, url: str) -> Iterator[BaseHTTPResponse]:
        """Give an answer whose body is yet to be read, for a block.

        Raises TransportError, also for what goes wrong in the block.
        """
        try:
            response = self._adapter.pool(url).urlopen(
                "GET",
                _target(url),
                headers=self._headers,
                retries=self._adapter.max_retries,
                timeout=self._timeout,
                redirect=False,
                assert_same_host=False,
                preload_content=False,
                decode_content=False,
            )
            try:
                yield response
            finally:
                response.close()
                response.release_conn()
        except (requests.RequestException, HTTPError, OSError) as exc:
            cause = _name(exc)
        else:
            return
        raise TransportError(cause)

    @staticmethod
    def drain(response: BaseHTTPResponse, limit: int) -> None:
        """Read a body that nobody wants, up to `limit` bytes: then its connection can be kept."""
        with contextlib.suppress(HTTPError):
            response.read(limit, decode_content=False)

    def close(self) -> None:
        """Close every connection."""
        self._adapter.close()


def _target(url: str) -> str:
    """Return what the request line asks for."""
    parts = urlsplit(url)
    return (parts.path or "/") + (parts.query and f"?{parts.query}")


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


class _LeanAdapter(HTTPAdapter):
    """Gives out its connections, to be used without the rest of it.

    send() works out anew for each request which connections, certificates and proxy are to be
    used, and wraps the answer: a third of what a flag costs.
    """

    def __init__(self, pool_size: int) -> None:
        super().__init__(pool_connections=1, pool_maxsize=pool_size)
        self._pools: dict[str, HTTPConnectionPool] = {}

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": Pool, "https": TLSPool}

    def pool(self, url: str) -> HTTPConnectionPool:
        """Return the connections to a URL's host, which send() would have used."""
        host = urlsplit(url).netloc
        pool = self._pools.get(host)
        if pool is None:
            request = requests.Request("GET", url).prepare()
            pool = self.get_connection_with_tls_context(request, verify=True)
            self.cert_verify(pool, url, verify=True, cert=None)
            # No connection is kept to a host that is asked for one flag: there may be hundreds.
            self._pools = {host: pool}
        return pool

    def close(self) -> None:
        # urllib3 leaves that to the garbage collector, which an exception with a reference to the
        # pool keeps waiting, with all of the job's sockets.
        for key in self.poolmanager.pools.keys():  # noqa: SIM118 - it can't be iterated
            self.poolmanager.pools[key].close()
        super().close()
