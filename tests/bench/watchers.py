"""How long an event takes from a job to each of its watchers.

One thread reads the raw bytes of all watchers, and decodes them after the end. They share a machine
with the dashboard: a hundred clients that decode at once would measure themselves.
"""

import json
import selectors
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from websockets.client import ClientProtocol
from websockets.frames import Close, CloseCode, Frame, Opcode
from websockets.uri import parse_uri

from tests.bench.cells import Cell
from tests.support.running import WITHIN, RunningDashboard

WATCHERS = 100
OVER = Frame(Opcode.CLOSE, Close(CloseCode.NORMAL_CLOSURE, "").serialize()).serialize(mask=False)


def slowest_of_a_hundred(dashboard: RunningDashboard, cell: Cell) -> float:
    """Return the 99th percentile, in seconds, of all events to all watchers.

    The dashboard's jobs must date their events by `time.monotonic()`.
    """
    # The first job keeps the second one waiting until every watcher is there.
    holding = dashboard.submit(codes=cell.codes, server="BENCH", max_req=1)
    watched = dashboard.submit(codes=cell.codes, server="BENCH", max_req=cell.connections)
    with ExitStack() as stack:
        watchers = [stack.enter_context(_Watcher(dashboard, watched)) for _ in range(WATCHERS)]
        for watcher in watchers:
            watcher.wait_for_snapshot()
        # Not waited for here: the answer may come after many events.
        cancel = threading.Thread(target=dashboard.post, args=[f"/api/jobs/{holding}/cancel"])
        cancel.start()
        _receive(watchers)
        cancel.join()
    delays = sorted(delay for watcher in watchers for delay in watcher.delays())
    return delays[int(len(delays) * 0.99)]


class _Watcher:
    """One websocket; a context manager."""

    def __init__(self, dashboard: RunningDashboard, job_id: str) -> None:
        uri = parse_uri(f"{dashboard.url.replace('http', 'ws', 1)}/ws/jobs/{job_id}")
        self._protocol = ClientProtocol(uri)
        self._protocol.send_request(self._protocol.connect())
        self.sock = socket.create_connection((uri.host, uri.port), timeout=WITHIN)
        self.sock.sendall(b"".join(self._protocol.data_to_send()))
        self.chunks: list[tuple[float, bytes]] = []

    def __enter__(self) -> "_Watcher":
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.sock.close()

    def wait_for_snapshot(self) -> None:
        while not any(self._frames()):
            self._protocol.receive_data(self.sock.recv(1 << 16))

    def delays(self) -> Iterator[float]:
        for moment, chunk in self.chunks:
            self._protocol.receive_data(chunk)
            for frame in self._frames():
                for event in json.loads(bytes(frame.data)).get("events", []):
                    yield moment - event["t"]

    def _frames(self) -> list[Frame]:
        received = self._protocol.events_received()
        return [e for e in received if isinstance(e, Frame) and e.opcode is Opcode.TEXT]


def _receive(watchers: Sequence[_Watcher]) -> None:
    """Note what comes and when, until the job is over for every watcher."""
    with selectors.DefaultSelector() as selector:
        for watcher in watchers:
            selector.register(watcher.sock, selectors.EVENT_READ, watcher)
        while selector.get_map():
            for key, _ in selector.select(WITHIN):
                watcher = key.data
                chunk = watcher.sock.recv(1 << 16)
                watcher.chunks.append((time.monotonic(), chunk))
                if not chunk or chunk.endswith(OVER):
                    selector.unregister(watcher.sock)
