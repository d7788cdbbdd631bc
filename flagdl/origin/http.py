"""The flag servers' HTTP side: one aiohttp application for each kind, all in one thread."""

import asyncio
import hashlib
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import socket

from aiohttp import ETag, web

from flagdl.model.lab import Lab
from flagdl.model.parsing import whole_number
from flagdl.origin.faults import Fault, FaultPlan, Kind, lab_fault

IMAGES_DIR = Path(__file__).parent / "flags"
BACKLOG = 2048  # connections that may wait for `accept`; a thousand clients arrive at once
# If no descriptor is left, Python 3.11's event loop tries and logs this often, and then pauses.
ACCEPTS_AT_ONCE = 16
KEEP_ALIVE = 600.0  # seconds; a client's pool must not find its idle connections closed

CODE = re.compile("[a-z]{2}")
ABOUT = {
    Kind.LOCAL: "every request is answered at once",
    Kind.DELAY: "every request is answered after {delay:g} s",
    Kind.ERROR: "{errors:g} % of requests get 503, half of the rest wait {delay:g} s",
    Kind.LAB: f"every request is answered as its query says, by default ?{Lab().query}&attempt=1",
}


@dataclass(frozen=True, slots=True)
class Image:
    """A flag's GIF and the hash of this version."""

    body: bytes
    etag: str


def load_images() -> dict[str, Image]:
    """Read all flags into memory, by lower-case code."""
    bodies = {path.stem: path.read_bytes() for path in IMAGES_DIR.glob("*.gif")}
    return {cc: Image(body, hashlib.sha256(body).hexdigest()[:32]) for cc, body in bodies.items()}


class FlagServer:
    """One server: what it serves, and how often each code was asked for.

    Only the event loop's thread touches it.
    """

    def __init__(
        self,
        kind: Kind,
        plan: FaultPlan,
        images: Mapping[str, Image],
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._kind = kind
        self._plan = plan
        self._images = images
        self._sleep = sleep
        self._visits: Counter[str] = Counter()

    def application(self) -> web.Application:
        """Return the routes: `/` and `/flags/{cc}/{cc}.gif`, for GET and HEAD."""
        app = web.Application()
        app.router.add_get("/", self._about)
        app.router.add_get("/flags/{directory}/{cc}.gif", self._flag)
        return app

    async def _about(self, _request: web.Request) -> web.Response:
        what = ABOUT[self._kind].format(delay=self._plan.delay, errors=self._plan.error_rate * 100)
        return web.Response(
            text=f"flagdl's flag server {self._kind}: {what}; /flags/br/br.gif is Brazil's.\n"
        )

    async def _flag(self, request: web.Request) -> web.Response:
        cc = request.match_info["cc"]
        if not CODE.fullmatch(cc) or request.match_info["directory"] != cc:
            return _not_found()
        try:
            fault = self._fault(cc, request.query)
        except ValueError as exc:
            return web.Response(status=400, text=f"400: {exc}\n")
        if fault.delay:
            await self._sleep(fault.delay)
        if fault.fails:
            return web.Response(status=503, text="503: this server fails on purpose\n")
        image = self._images.get(cc)
        return _image(request, image) if image else _not_found()

    def _fault(self, cc: str, query: Mapping[str, str]) -> Fault:
        """Return what the request meets; raises ValueError if LAB can't do what the query says."""
        if self._kind is Kind.LAB:
            return lab_fault(Lab.from_texts(query), cc, _attempt(query))
        # Counted before the wait: requests at the same moment are different visits.
        visit = self._visits[cc]
        self._visits[cc] += 1
        return self._plan.fault(self._kind, cc, visit)


def _attempt(query: Mapping[str, str]) -> int:
    attempt = whole_number(query.get("attempt", "1"))
    if attempt is None or attempt < 1:
        raise ValueError("attempt must be a whole number from 1")
    return attempt


def _image(request: web.Request, image: Image) -> web.Response:
    known = {tag.value for tag in request.if_none_match or ()}
    if known & {image.etag, "*"}:
        response = web.Response(status=304)
    else:
        response = web.Response(body=image.body, content_type="image/gif")
    response.etag = ETag(image.etag)
    return response


def _not_found() -> web.Response:
    return web.Response(status=404, text="404: no such flag\n")


@asynccontextmanager
async def serving(listeners: Mapping[Kind, socket], plan: FaultPlan) -> AsyncIterator[None]:
    """Serve each kind on its socket until the block ends; then drop waiting requests."""
    images = load_images()
    async with AsyncExitStack() as stack:
        for kind, listener in listeners.items():
            runner = web.AppRunner(
                FlagServer(kind, plan, images).application(),
                access_log=None,
                keepalive_timeout=KEEP_ALIVE,
                shutdown_timeout=0.01,  # 0 would wait for the slowest answer
            )
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.SockSite(runner, listener, backlog=ACCEPTS_AT_ONCE).start()
            listener.listen(BACKLOG)  # start() has set the backlog, too, to ACCEPTS_AT_ONCE
        yield
