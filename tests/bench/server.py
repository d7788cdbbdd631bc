"""A flag server that must never be the bottleneck, and that measures how busy it is.

One thread, one selector, answers built beforehand: 30 to 60 µs of processor time per request, most
of it in the kernel. A server in C makes a difference to the contenders only without any delay, and
nginx can't wait before it answers. The benchmark says how busy this server was, and how late its
answers left.

The path says how to answer: `/<delay in ms>/<errors>/<code>/<code>.gif`. With `errors` 1, a
quarter of the requests are answered with 503: each code every fourth time it is asked for.
"""

import contextlib
import heapq
import json
import resource
import select
import selectors
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any, Self
from urllib.request import urlopen
from zlib import crc32

from flagdl.system.descriptors import raise_open_file_limit

ROOT = Path(__file__).resolve().parents[2]
FLAGS = ROOT / "flagdl" / "origin" / "flags"
BACKLOG = 4096
ERROR_EVERY = 4


def _answer(status: str, body: bytes, kind: str) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


NOT_FOUND = _answer("404 Not Found", b"no such flag\n", "text/plain")
UNAVAILABLE = _answer("503 Service Unavailable", b"try again\n", "text/plain")


class FlagServer:
    """Answers requests on kept-alive connections, each after its delay; owned by one thread."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ)
        self._images = {
            path.stem.encode(): _answer("200 OK", path.read_bytes(), "image/gif")
            for path in FLAGS.glob("??.gif")
        }
        self._due: list[tuple[float, int, socket.socket, bytes]] = []
        self._tickets = count()  # so that answers due at the same time leave in order
        self._asked: Counter[bytes] = Counter()
        self._sent: Counter[str] = Counter()
        self._late = 0.0  # seconds: the most by which an answer was late

    def serve_forever(self) -> None:
        """Serve until the process is ended."""
        while True:
            # A selector's own timeout is in whole milliseconds: a fiftieth of what we measure.
            select.select([self._selector], [], [], self._time_left())
            for key, _ in self._selector.select(0):
                if key.fileobj is self._listener:
                    self._accept()
                else:
                    self._receive(key.fileobj)  # type: ignore[arg-type]
            self._send_due()

    def _time_left(self) -> float | None:
        return max(0, self._due[0][0] - time.monotonic()) if self._due else None

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector.register(connection, selectors.EVENT_READ)

    def _receive(self, connection: socket.socket) -> None:
        try:
            request = connection.recv(65536)
        except OSError:
            request = b""
        if request:
            # The contenders send a request in one piece, and the next after its answer.
            self._schedule(connection, request.split(b" ", 2)[1])
        else:
            self._selector.unregister(connection)
            connection.close()

    def _schedule(self, connection: socket.socket, path: bytes) -> None:
        if path == b"/figures":
            self._send(connection, self._figures())
            return
        _, delay, errors, code, _ = path.split(b"/")
        answer = self._choose(code, errors == b"1")
        if delay == b"0":
            self._send(connection, answer)
        else:
            due = time.monotonic() + int(delay) / 1000
            heapq.heappush(self._due, (due, next(self._tickets), connection, answer))

    def _choose(self, code: bytes, errors: bool) -> bytes:
        if errors:
            self._asked[code] += 1
            if (self._asked[code] + crc32(code)) % ERROR_EVERY == 0:
                self._sent["error"] += 1
                return UNAVAILABLE
        # There are more codes than flags, so only the first two letters of a code count.
        image = self._images.get(code[:2])
        self._sent["ok" if image else "not_found"] += 1
        return image or NOT_FOUND

    def _send_due(self) -> None:
        while self._due and (late := time.monotonic() - self._due[0][0]) >= 0:
            self._late = max(self._late, late)
            _, _, connection, answer = heapq.heappop(self._due)
            self._send(connection, answer)

    def _send(self, connection: socket.socket, answer: bytes) -> None:
        # An answer fits into the kernel's buffer, so this doesn't wait.
        with contextlib.suppress(OSError):  # the client may have gone
            connection.sendall(answer)

    def _figures(self) -> bytes:
        """Return what it has done since the last such request."""
        usage = resource.getrusage(resource.RUSAGE_SELF)
        figures = {
            **{kind: self._sent[kind] for kind in ("ok", "not_found", "error")},
            "cpu": usage.ru_utime + usage.ru_stime,
            "late": self._late,
        }
        self._sent.clear()
        self._late = 0.0
        return _answer("200 OK", json.dumps(figures).encode(), "application/json")


class RunningFlagServer:
    """The server in a process of its own, on a free port of loopback; a context manager."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout
        self.url = f"http://127.0.0.1:{int(self._process.stdout.readline())}"
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout
        self._process.stdout.close()

    def template(self, delay: float, *, errors: bool) -> str:
        """Return the address of flags that come after `delay` seconds, with {cc} for the code."""
        return f"{self.url}/{round(delay * 1000)}/{int(errors)}/{{cc}}/{{cc}}.gif"

    def figures(self) -> Mapping[str, Any]:
        """Return the answers by kind, the processor time of the process in seconds, and `late`."""
        with urlopen(self.url + "/figures") as answer:
            figures: Mapping[str, Any] = json.load(answer)
        return figures


def main() -> None:
    """Print the port and serve."""
    raise_open_file_limit()
    with socket.create_server(("127.0.0.1", 0), backlog=BACKLOG) as listener:
        print(listener.getsockname()[1], flush=True)
        FlagServer(listener).serve_forever()


if __name__ == "__main__":
    main()
