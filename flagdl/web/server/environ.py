"""A request as WSGI has it."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes, urlsplit

import h11

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# Guesses for a request that can't be read: they decide the form of the answer.
TARGET = re.compile(rb"\S+ (/\S*)")
ACCEPTS_PAGES = re.compile(rb"\naccept:[^\n]*text/html", re.IGNORECASE)


def environ_of(request: h11.Request) -> "WSGIEnvironment":
    """Return what a request's head says, under the names of CGI."""
    host, path, query = _split(request.target)
    environ = {
        "REQUEST_METHOD": request.method.decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{request.http_version.decode('latin-1')}",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query.decode("latin-1"),
        "REQUEST_URI": request.target.decode("latin-1"),
    }
    for name, value in _headers(request):
        environ[name] = f"{environ[name]},{value}" if name in environ else value
    if host:
        environ["HTTP_HOST"] = host.decode("latin-1")
    return environ


def environ_of_refused(beginning: bytes, request: h11.Request | None) -> "WSGIEnvironment":
    """Return the environ of a request from its beginning, and its head if h11 could read that."""
    target = TARGET.match(beginning)
    is_head = request is not None and request.method == b"HEAD"  # h11 lets its answer have no body
    return {
        "REQUEST_METHOD": "HEAD" if is_head else "GET",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "PATH_INFO": target[1].decode("latin-1") if target else "/",
        "QUERY_STRING": "",
        "HTTP_ACCEPT": "text/html" if ACCEPTS_PAGES.search(beginning) else "",
    }


def _headers(request: h11.Request) -> Iterator[tuple[str, str]]:
    for name, value in request.headers:
        # A name with an underscore would pass for the name with a hyphen. The body isn't chunked
        # any more.
        if b"_" not in name and name != b"transfer-encoding":
            key = name.decode("latin-1").upper().replace("-", "_")
            of_cgi = key in ("CONTENT_TYPE", "CONTENT_LENGTH")
            yield key if of_cgi else f"HTTP_{key}", value.decode("latin-1")


def _split(target: bytes) -> tuple[bytes, bytes, bytes]:
    """Return the host, where it is given, the path and the query: proxies may send a whole URL."""
    if target.startswith((b"/", b"*")):
        path, _, query = target.partition(b"?")
        return b"", path, query
    try:
        url = urlsplit(target)
    except ValueError:
        return b"", b"", b""
    return url.netloc, url.path, url.query
