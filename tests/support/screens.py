"""What a browser does with a job's websocket: folds its messages, or breaks its rules."""

import json
import socket
import struct
from typing import Any
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode
from websockets.sync.client import ClientConnection

from tests.support.running import WITHIN, RunningDashboard


class Screen:
    """What a browser shows: the fold of its messages. Fails at a gap or a repetition."""

    def __init__(self, seq: int | None = None) -> None:
        self.seq = seq
        self.state = ""
        self.counts: dict[str, int] = {}
        self.items: dict[str, str] = {}
        self.messages: list[str] = []

    def take(self, text: str | bytes) -> None:
        message = json.loads(text)
        if message["type"] == "heartbeat":
            return
        self.messages.append(message["type"])
        if message["type"] == "snapshot":
            job = message["job"]
            assert len(self.messages) == 1, "a snapshot in the middle"
            self.seq, self.state, self.counts = job["seq"], job["state"], job["counts"]
            self.items = {item["cc"]: item["status"] for item in job["items"]}
            return
        assert message["type"] == "events"
        for event in message["events"]:
            assert self.seq is not None
            assert event["seq"] == self.seq + 1, f"{event['seq']} after {self.seq}"
            self.seq = event["seq"]
            self._fold(event)

    def _fold(self, event: dict[str, Any]) -> None:
        match event["type"]:
            case "job_started":
                self.state = "running"
            case "flag_started":
                self.items[event["cc"]] = "running"
            case "flag_done":
                self.items[event["cc"]] = event["status"]
                self.counts[event["status"]] = self.counts.get(event["status"], 0) + 1
            case "job_finished":
                self.state = event["state"]
                # A screen that begins in the middle has not counted earlier results.
                assert all(event["counts"][status] >= n for status, n in self.counts.items())
                if self.messages[0] == "snapshot":
                    assert {**event["counts"], **self.counts} == event["counts"]

    def until_closed(self, ws: ClientConnection) -> int | None:
        """Take everything that comes and return the close code."""
        while True:
            try:
                self.take(ws.recv(WITHIN))
            except ConnectionClosed:
                return ws.close_code

    def until_counted(self, ws: ClientConnection, saved: int) -> None:
        """Take what comes until this many flags are saved."""
        while self.counts.get("ok", 0) < saved:
            self.take(ws.recv(WITHIN))

    def until_seq(self, ws: ClientConnection, seq: int) -> None:
        """Take what comes up to an event."""
        while self.seq is None or self.seq < seq:
            self.take(ws.recv(WITHIN))

    def assert_shows(self, job: dict[str, Any]) -> None:
        assert (self.seq, self.state) == (job["seq"], job["state"])
        assert self.items == {item["cc"]: item["status"] for item in job["items"]}
        assert {name: count for name, count in self.counts.items() if count} == {
            name: count for name, count in job["counts"].items() if count
        }


def shown(dashboard: RunningDashboard, job_id: str) -> Screen:
    """Watch a job to its end."""
    screen = Screen()
    with dashboard.watch(job_id) as ws:
        assert screen.until_closed(ws) == CloseCode.NORMAL_CLOSURE
    return screen


def raw_watch(dashboard: RunningDashboard, job_id: str, buffer: int = 0) -> socket.socket:
    """Do the opening handshake by hand and return the socket behind it."""
    parts = urlsplit(dashboard.url)
    client = socket.socket()
    if buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    client.settimeout(WITHIN)
    client.connect((str(parts.hostname), parts.port))
    client.sendall(
        f"GET /ws/jobs/{job_id} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
    )
    # The server treats data that is sent before its answer as a part of the request.
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += client.recv(1)
    assert head.startswith(b"HTTP/1.1 101 ")
    return client


def frame(opcode: int, payload: bytes, fin: bool = True) -> bytes:
    """Return a frame as browsers send it, masked with zeros."""
    first = (0x80 if fin else 0) | opcode
    if len(payload) < 126:
        header = struct.pack("!BB", first, 0x80 | len(payload))
    elif len(payload) < 1 << 16:
        header = struct.pack("!BBH", first, 0x80 | 126, len(payload))
    else:
        header = struct.pack("!BBQ", first, 0x80 | 127, len(payload))
    return header + bytes(4) + payload
