"""The embedded flag servers, asked as no client of ours would ask."""

import asyncio
import http.client
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from string import ascii_lowercase
from urllib.parse import urlsplit

import aiohttp

from flagdl.model.codes import POP20_CC
from tests.support.running import WITHIN

ALL_CODES = ["".join(pair) for pair in product(ascii_lowercase, repeat=2)]
POP20 = [cc.lower() for cc in POP20_CC]


class Answer:
    """What a server said to one request."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()


def ask(url: str, method: str = "GET", headers: dict[str, str] | None = None) -> Answer:
    """Send a path exactly as it is written: no library tidies it up."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=WITHIN)
    try:
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request(method, target, headers=headers or {})
        return Answer(connection.getresponse())
    finally:
        connection.close()


def flag_url(base: str, cc: str, query: str = "") -> str:
    return f"{base}/{cc}/{cc}.gif{query and '?'}{query}"


@contextmanager
def waiting_request(base: str) -> Iterator[None]:
    """Ask for a flag and don't wait for it; the server has the request when the block begins."""
    parts = urlsplit(base)
    with socket.create_connection((str(parts.hostname), parts.port or 0), timeout=WITHIN) as client:
        client.sendall(b"GET /flags/br/br.gif HTTP/1.1\r\nHost: x\r\n\r\n")
        # Requests are taken in their order, so the answer to a later one says that this is there.
        ask(base.removesuffix("flags"))
        yield


def refuses(url: str) -> bool:
    parts = urlsplit(url)
    try:
        socket.create_connection((str(parts.hostname), parts.port or 0), timeout=1).close()
    except OSError:
        return True
    return False


async def count_statuses(url: str, times: int) -> Counter[int]:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def status() -> int:
            async with session.get(url) as response:
                await response.read()
                return response.status

        return Counter(await asyncio.gather(*(status() for _ in range(times))))
