"""The embedded flag servers, asked in ways that flagdl's own clients don't use."""

import asyncio
import http.client
import os
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import product
from string import ascii_lowercase
from urllib.parse import urlsplit

import aiohttp
from aiohttp.test_utils import TestClient, TestServer

from flagdl.model.codes import POP20_CC
from flagdl.origin.faults import FaultPlan, Kind
from flagdl.origin.http import FlagServer, load_images
from tests.support.running import ROOT, WITHIN

FREE_PORTS = ["--ports", "0", "0", "0", "--lab-port", "0"]
ALL_CODES = ["".join(pair) for pair in product(ascii_lowercase, repeat=2)]
# Without this, aiohttp reads all root certificates, which takes a quarter of a start.
ENVIRONMENT = {**os.environ, "SSL_CERT_FILE": os.devnull, "SSL_CERT_DIR": os.devnull}
POP20 = [cc.lower() for cc in POP20_CC]


class Answer:
    """What a server said to one request."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()


def ask(url: str, method: str = "GET", headers: dict[str, str] | None = None) -> Answer:
    """Send a path exactly as it is written: no library changes it."""
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
        # Requests are taken in order: the answer to a later one means that this one has arrived.
        ask(base.removesuffix("flags"))
        yield


def refuses(url: str) -> bool:
    parts = urlsplit(url)
    try:
        socket.create_connection((str(parts.hostname), parts.port or 0), timeout=WITHIN).close()
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


@contextmanager
def server_process(*arguments: str, program: str = "") -> Iterator[subprocess.Popen[str]]:
    """Run `python -m flagdl.origin`, or a program; kills it if the block leaves it running."""
    started = ["-c", program] if program else ["-m", "flagdl.origin"]
    command = [sys.executable, *started, *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=ROOT, env=ENVIRONMENT, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def printed_urls(process: subprocess.Popen[str]) -> dict[str, str]:
    """Read the addresses that the command prints when it serves in the foreground."""
    assert process.stdout
    return dict(process.stdout.readline().split() for _ in Kind)


def run_origin(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flagdl.origin", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=WITHIN, check=False
    )


def answers(
    kind: Kind, paths: Iterable[str], plan: FaultPlan | None = None
) -> list[tuple[int, float]]:
    """Ask a new server for the paths in turn; returns each status and the seconds of its wait."""

    async def ask_all() -> list[tuple[int, float]]:
        waits: list[float] = []
        found = []

        async def sleep(seconds: float) -> None:
            waits.append(seconds)

        app = FlagServer(kind, plan or FaultPlan(), load_images(), sleep).application()
        async with TestClient(TestServer(app)) as client:
            for path in paths:
                waits.clear()
                async with client.get(path) as response:
                    found.append((response.status, sum(waits)))
        return found

    return asyncio.run(ask_all())
