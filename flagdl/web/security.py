"""Which requests are accepted, and what browsers may do with the answers.

Any page in the user's browser can reach a server on localhost. So the host of each request is
checked, and the origin of each change and each websocket.
"""

from collections.abc import Collection
from functools import partial
from http import HTTPStatus

from flask import Flask, Response, request
from werkzeug.exceptions import SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.sansio.utils import host_is_trusted

from flagdl.model.embedded import N_
from flagdl.settings import Settings
from flagdl.web.problems import Problem
from flagdl.web.rates import RateLimit
from flagdl.web.server.connections import BODY_LIMIT

HEADERS = {
    # Bootstrap's own icons are data: addresses.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def init_app(app: Flask, settings: Settings) -> None:
    """Check every request of the app, and add the headers to every answer."""
    app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT
    if settings.proxies:
        n = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    listening = f"[{settings.host}]" if ":" in settings.host else settings.host
    app.before_request(partial(_check_host, [*LOOPBACK, listening, *settings.trusted_hosts]))
    app.before_request(_check_origin)
    app.before_request(partial(_check_rate, RateLimit(settings.changes_a_minute)))
    app.after_request(_add_headers)


def _check_host(trusted: Collection[str]) -> None:
    """Refuse a request to a host that is not trusted; ".example" trusts every name below it.

    Flask's TRUSTED_HOSTS does not work here: it reads an IPv6 address as a name and a port.
    """
    host = request.host
    address, bracket, _ = host.partition("]")
    if not (host_is_trusted(host, trusted) or address + bracket in trusted):
        raise SecurityError(
            f"Host {host!r} is not trusted. If it is yours, add it to FLAGDL_TRUSTED_HOSTS."
        )


def _check_origin() -> None:
    """Refuse a change or a websocket that a page of another site asks for."""
    is_websocket = request.headers.get("Upgrade", "").lower() == "websocket"
    if request.method in SAFE_METHODS and not is_websocket:
        return
    origin = request.headers.get("Origin")
    # Programs send neither header. Browsers send at least one with changes and websockets.
    own = (None, f"http://{request.host}", f"https://{request.host}")
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if origin not in own or site not in ("same-origin", "none"):
        raise Problem(HTTPStatus.FORBIDDEN, "This request came from a page of another site.")


def _check_rate(rate: RateLimit) -> None:
    """Refuse a change that comes after too many others from the same address."""
    if request.method in SAFE_METHODS:
        return
    if seconds := rate.count(request.remote_addr or ""):
        detail = N_("Too many changes: %(limit)s a minute are allowed. Try again in a minute.")
        raise Problem(HTTPStatus.TOO_MANY_REQUESTS, detail, retry_after=seconds, limit=rate.limit)


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if response.mimetype in ("application/json", "application/problem+json", "text/html"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response
