"""Which requests are accepted, and what browsers may do with the answers.

Any page in the user's browser can reach a server on localhost. So the host of each request is
checked, and the origin of each change and each websocket.
"""

import logging
import re
from collections.abc import Collection
from functools import lru_cache, partial
from http import HTTPStatus
from typing import NoReturn
from urllib.parse import urlsplit

from flask import Flask, Response, request
from flask_babel import gettext
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.sansio.utils import host_is_trusted

from flagdl.model.embedded import N_
from flagdl.settings import Settings
from flagdl.web.problems import Problem, WrongAddress
from flagdl.web.rates import RateLimit
from flagdl.web.server.bodies import body_limit

log = logging.getLogger(__name__)

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
# A browser would read "//a" as another host, and "/a/.." (or "/a/%2e%2e") as another path.
PREFIX = re.compile(r"(/(?!(\.|%2e){1,2}(/|$))[\w.~@+%-]+)*/?", re.ASCII | re.IGNORECASE)
OF_PROXIES = N_(
    "A proxy in front of flagdl must pass on the host and port that the browser asked for: as Host,"
    " or as X-Forwarded-Host with FLAGDL_PROXIES set to the number of proxies."
)


def init_app(app: Flask, settings: Settings) -> None:
    """Check every request of the app, and add the headers to every answer."""
    if settings.proxies:
        n = settings.proxies
        # Proxies add their values to the first three, and replace the prefix.
        fixed = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n, x_prefix=1)
        app.wsgi_app = fixed  # type: ignore[method-assign]
    listening = f"[{settings.host}]" if ":" in settings.host else settings.host
    app.before_request(_check_prefix)
    trusted = [*LOOPBACK, listening.lower(), *settings.trusted_hosts]
    app.before_request(partial(_check_host, trusted))
    app.before_request(_check_origin)
    app.before_request(partial(_check_rate, RateLimit(settings.changes_a_minute)))
    app.before_request(_check_length)
    app.after_request(_redirect_to_path)
    app.after_request(_add_headers)


def _check_prefix() -> None:
    """Refuse a prefix that is not a path, and a path that still begins with the prefix."""
    prefix = request.environ.get("SCRIPT_NAME", "")
    if not PREFIX.fullmatch(prefix):
        detail = N_("X-Forwarded-Prefix must be a path such as /flagdl, not %(prefix)r.")
        _refuse(WrongAddress, HTTPStatus.BAD_REQUEST, detail, prefix=prefix)
    root = request.script_root
    if root and request.url_rule is None and f"{request.path}/".startswith(f"{root}/"):
        detail = N_("The proxy must remove %(prefix)s, its X-Forwarded-Prefix, from the path.")
        _refuse(WrongAddress, HTTPStatus.NOT_FOUND, detail, prefix=root)


def _check_host(trusted: Collection[str]) -> None:
    """Refuse a request to a host that is not trusted; ".example" trusts every name below it.

    Flask's TRUSTED_HOSTS does not work here: it reads an IPv6 address as a name and a port.
    """
    host = request.host.lower()
    address, bracket, _ = host.partition("]")
    if not (host_is_trusted(host, trusted) or address + bracket in trusted):
        detail = N_("Host %(host)r is not trusted. If it is yours, add it to FLAGDL_TRUSTED_HOSTS.")
        sent = request.headers.get("Host", host)  # request.host is "" for one that is not valid
        _refuse(WrongAddress, HTTPStatus.BAD_REQUEST, detail, OF_PROXIES, host=sent)


def _check_origin() -> None:
    """Refuse a change or a websocket that a page of another site asks for."""
    if request.method in SAFE_METHODS and not _is_websocket():
        return
    # Programs send neither header. Browsers send at least one with changes and websockets.
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        detail = N_("This request came from a page of another site.")
        _refuse(Problem, HTTPStatus.FORBIDDEN, detail)
    origin, host = request.headers.get("Origin"), request.host
    if origin not in (None, f"http://{host}", f"https://{host}"):
        detail = N_("This request for %(host)r came from a page of another site, %(origin)r.")
        _refuse(Problem, HTTPStatus.FORBIDDEN, detail, OF_PROXIES, host=host, origin=origin)


def _is_websocket() -> bool:
    return request.headers.get("Upgrade", "").lower() == "websocket"


def _refuse(kind: type[Problem], status: HTTPStatus, *sentences: str, **values: object) -> NoReturn:
    """Raise a problem, and log that of a websocket: browsers hide it from the page."""
    if _is_websocket():
        _log_once("refused a websocket: " + " ".join(text % values for text in sentences))
    raise kind(status, " ".join(gettext(text, **values) for text in sentences))


@lru_cache(maxsize=100)
def _log_once(text: str) -> None:
    """Log a text that is new: a page whose websocket is refused tries again and again."""
    log.warning("%s", text)


def _redirect_to_path(response: Response) -> Response:
    """Leave the host out of Werkzeug's own redirects: browsers may know a proxy's host instead."""
    if response.location:
        response.location = urlsplit(response.location)._replace(scheme="", netloc="").geturl()
    return response


def _check_rate(rate: RateLimit) -> None:
    """Refuse a change that comes after too many others from the same address."""
    if request.method in SAFE_METHODS:
        return
    if seconds := rate.count(request.remote_addr or ""):
        detail = N_("Too many changes: %(limit)s a minute are allowed. Try again in a minute.")
        raise Problem(HTTPStatus.TOO_MANY_REQUESTS, detail, retry_after=seconds, limit=rate.limit)


def _check_length() -> None:
    """Refuse a body that is too long: the server has not read all of it."""
    limit = body_limit(request.path)
    if (request.content_length or 0) > limit:
        detail = N_("The body is too long: %(limit)s KiB are allowed here.")
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail, limit=limit // 1024)


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if response.mimetype in ("application/json", "application/problem+json", "text/html"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response
