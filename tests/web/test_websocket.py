"""The websocket, as browsers use it: a snapshot, later events, and how each connection ends."""

import json
import os
import random
import signal
import socket
import struct
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import CloseCode
from websockets.sync.client import connect
from werkzeug.serving import make_server

from app import create_app
from flagdl.history.history import History
from flagdl.model.events import DownloadStatus, JobState
from flagdl.model.spec import JobSpec
from flagdl.settings import Settings
from flagdl.web.dashboard import EXTENSION
from flagdl.web.server.watchers import Watchers
from tests.support.here import DashboardHere
from tests.support.hostile import FOREVER
from tests.support.running import WITHIN, FlagGate, RunningDashboard, children, is_alive, wait_for
from tests.support.screens import Screen, frame, raw_watch, shown

StartHere = Callable[..., DashboardHere]


# What is sent


def test_a_snapshot_then_events_then_the_end(gated: RunningDashboard, gate: FlagGate) -> None:
    job_id = gated.submit(server="GATE", codes=["BR", "CN", "FR"])
    screen = Screen()
    with gated.watch(job_id) as ws:
        screen.take(ws.recv(WITHIN))
        assert screen.messages == ["snapshot"]
        gate.let(1)
        screen.until_counted(ws, 1)
        assert screen.state == "running"
        gate.open()
        assert screen.until_closed(ws) == CloseCode.NORMAL_CLOSURE
    assert screen.state == "finished"
    screen.assert_shows(gated.finished(job_id))


def test_compression_is_declined_and_text_arrives(shared: RunningDashboard) -> None:
    job_id = shared.submit(codes=["FR"])
    with shared.watch(job_id) as ws:
        assert ws.response
        assert "Sec-WebSocket-Extensions" not in ws.response.headers
        assert isinstance(ws.recv(WITHIN), str)


def test_an_ended_job_is_one_snapshot(shared: RunningDashboard) -> None:
    job_id = shared.submit(select="pop20")
    job = shared.finished(job_id)
    with shared.watch(job_id) as ws:
        assert json.loads(ws.recv(WITHIN)) == {"type": "snapshot", "job": job}
        with pytest.raises(ConnectionClosed):
            ws.recv(WITHIN)
        assert ws.close_code == CloseCode.NORMAL_CLOSURE


@pytest.mark.parametrize("since", [0, 3, 10, 11])
def test_since_sends_what_was_missed(shared: RunningDashboard, since: int) -> None:
    job_id = shared.submit(codes=["BR", "CN", "FR"])
    assert shared.finished(job_id)["seq"] == 11
    screen = Screen(since)
    with shared.watch(job_id, since) as ws:
        assert screen.until_closed(ws) == CloseCode.NORMAL_CLOSURE
    assert screen.seq == 11
    assert screen.messages == ["events"]


def test_an_event_from_the_future_brings_a_snapshot(shared: RunningDashboard) -> None:
    job_id = shared.submit(codes=["FR"])
    shared.finished(job_id)
    screen = Screen()
    with shared.watch(job_id, 10**9) as ws:
        screen.until_closed(ws)
    screen.assert_shows(shared.job(job_id))


def test_who_returns_goes_on_where_it_left(gated: RunningDashboard, gate: FlagGate) -> None:
    job_id = gated.submit(server="GATE", codes=["BR", "CN", "FR", "US"], max_req=2)
    screen = Screen()
    with gated.watch(job_id) as ws:
        gate.let(1)
        screen.until_counted(ws, 1)
    left_at = screen.seq
    gate.let(2)
    wait_for(lambda: gated.job(job_id)["counts"]["ok"] == 3)
    with gated.watch(job_id, left_at) as ws:
        screen.take(ws.recv(WITHIN))
        assert screen.messages.count("snapshot") == 1
        gate.open()
        screen.until_closed(ws)
    screen.assert_shows(gated.finished(job_id))


def test_two_browsers_see_the_same_and_so_does_a_third_half_way(
    gated: RunningDashboard, gate: FlagGate
) -> None:
    codes = [a + "A" for a in "BCDEFGHIJK"]
    job_id = gated.submit(server="GATE", codes=codes, max_req=3)
    screens = [Screen(), Screen(), Screen()]
    with ExitStack() as open_sockets:
        early = [open_sockets.enter_context(gated.watch(job_id)) for _ in range(2)]
        gate.let(5)
        for screen, ws in zip(screens, early, strict=False):
            screen.until_counted(ws, 5)
        sockets = [*early, open_sockets.enter_context(gated.watch(job_id))]
        screens[2].until_counted(sockets[2], 5)
        # All that can happen until the gate is opened: five have come back, three more were taken.
        for screen, ws in zip(screens, sockets, strict=True):
            screen.until_seq(ws, 1 + 8 + 5 + 5)
            screen.assert_shows(gated.job(job_id))
        gate.open()
        for screen, ws in zip(screens, sockets, strict=True):
            assert screen.until_closed(ws) == CloseCode.NORMAL_CLOSURE
            screen.assert_shows(gated.finished(job_id))


def test_browsers_that_join_a_fast_job_at_any_time_end_with_the_same(
    shared: RunningDashboard,
) -> None:
    job_id = shared.submit(select="all", limit=150, max_req=30)

    def watch(number: int) -> Screen:
        # Ask for pages a few times first, and so join early or late.
        for _ in range(random.Random(number).randrange(6)):
            shared.get("/healthz")
        return shown(shared, job_id)

    with ThreadPoolExecutor(8) as pool:
        screens = list(pool.map(watch, range(8)))
    job = shared.finished(job_id)
    for screen in screens:
        screen.assert_shows(job)


# Refused connections


@pytest.mark.parametrize("job_id", ["999999", "x", "0", "01"])
def test_an_unknown_job_closes_with_4404(shared: RunningDashboard, job_id: str) -> None:
    with shared.watch(job_id) as ws:
        with pytest.raises(ConnectionClosed):
            ws.recv(WITHIN)
        assert ws.close_code == 4404


@pytest.mark.parametrize("since", ["x", "-1", "1.5", "", "1_0", "%D9%A1"])
def test_since_must_be_a_number(shared: RunningDashboard, since: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        shared.watch("1", since)
    assert refused.value.response.status_code == 400
    assert refused.value.response.body
    assert json.loads(refused.value.response.body)["field"] == "since"


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (403, {"Origin": "http://evil.example"}),
        (403, {"Origin": "null"}),
        (403, {"Origin": "http://["}),
        (403, {"Origin": "http://127.0.0.1:1"}),
        (403, {"Sec-Fetch-Site": "cross-site"}),
        (403, {"Sec-Fetch-Site": "same-site"}),
    ],
)
def test_strangers_are_refused_before_the_upgrade(
    shared: RunningDashboard, status: int, headers: dict[str, str]
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        shared.watch("1", additional_headers=headers)
    assert refused.value.response.status_code == status
    described = shared.get("/api/openapi.json").json()["paths"]["/ws/jobs/{job_id}"]["get"]
    assert str(status) in described["responses"]


def test_another_upgrade_spelling_gets_around_nothing(shared: RunningDashboard) -> None:
    parts = urlsplit(shared.url)
    for upgrade in ("WebSocket", "WEBSOCKET", "websocket ", "websocket, x", "x, websocket"):
        with socket.create_connection((str(parts.hostname), parts.port), WITHIN) as client:
            client.sendall(
                f"GET /ws/jobs/1 HTTP/1.1\r\nHost: {parts.netloc}\r\n"
                f"Origin: http://evil.example\r\nConnection: keep-alive, Upgrade\r\n"
                f"Upgrade: {upgrade}\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
            )
            assert client.recv(100).split()[1] in (b"400", b"403")


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-WebSocket-Version": "13"},
        {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="},
        {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "8"},
    ],
)
def test_an_upgrade_that_is_none_is_said_so(
    shared: RunningDashboard, headers: dict[str, str]
) -> None:
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket"}
    refused = shared.get("/ws/jobs/1", headers={**upgrade, **headers})
    assert refused.status_code == 400
    assert "Sec-WebSocket" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("name", "status"),
    [("Sec-WebSocket-Protocol", b"101"), ("Content-Type", b"101"), ("Connection", b"400")],
)
def test_a_header_that_is_not_ascii_counts_as_not_sent(
    shared: RunningDashboard, name: str, status: bytes
) -> None:
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    headers |= {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", name: "Upgrade, ü"}
    parts = urlsplit(shared.url)
    lines = [f"GET /ws/jobs/1 HTTP/1.1\r\nHost: {parts.netloc}", *map(": ".join, headers.items())]
    with socket.create_connection((str(parts.hostname), parts.port), WITHIN) as client:
        client.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
        assert client.recv(100).split()[1] == status


def test_a_foreign_host_is_refused(shared: RunningDashboard) -> None:
    parts = urlsplit(shared.url)
    with socket.create_connection((str(parts.hostname), parts.port), WITHIN) as client:
        client.sendall(
            b"GET /ws/jobs/1 HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example\r\n"
            b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        assert client.recv(100).startswith(b"HTTP/1.1 400 ")


def test_the_dashboards_own_pages_are_welcome(shared: RunningDashboard) -> None:
    job_id = shared.submit(codes=["FR"])
    headers = {"Origin": shared.url, "Sec-Fetch-Site": "same-origin"}
    with shared.watch(job_id, additional_headers=headers) as ws:
        assert ws.recv(WITHIN)


def test_a_plain_request_is_no_websocket(shared: RunningDashboard) -> None:
    assert shared.get("/ws/jobs/1").status_code == 400


def test_one_watcher_too_many_is_told_so_and_holds_up_nobody(
    start_here: StartHere, gate: FlagGate
) -> None:
    dashboard = start_here(max_watchers=2)
    job_id = dashboard.submit(server="GATE", codes=["FR"])
    with dashboard.watch(job_id) as first, dashboard.watch(job_id) as second:
        first.recv(WITHIN)
        screen = Screen()
        screen.take(second.recv(WITHIN))
        with dashboard.watch(job_id) as third:
            with pytest.raises(ConnectionClosed):
                third.recv(WITHIN)
            assert third.close_code == CloseCode.TRY_AGAIN_LATER
        with ExitStack() as lingering:
            for _ in range(10):
                lingering.enter_context(raw_watch(dashboard, job_id))
            # They have not answered the close frame, and have not gone.
            assert dashboard.get("/healthz").ok
        first.close()

        def let_in() -> bool:
            with dashboard.watch(job_id) as fourth, suppress(ConnectionClosed):
                return bool(fourth.recv(WITHIN))
            return False

        assert wait_for(let_in)
        gate.open()
        assert screen.until_closed(second) == CloseCode.NORMAL_CLOSURE


# Clients that behave badly


def test_abrupt_disconnects_leave_their_places_to_others(
    start_here: StartHere, gate: FlagGate
) -> None:
    dashboard = start_here(max_watchers=60)
    job_id = dashboard.submit(server="GATE", codes=["FR"])
    wait_for(lambda: dashboard.job(job_id)["seq"] == 2)
    files, tabs = dashboard.descriptors(), 50
    threads = []
    for _ in range(2):
        clients = [raw_watch(dashboard, job_id) for _ in range(tabs)]
        threads.append(dashboard.threads())
        for client in clients:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
        # The history opens and closes files, so five more may be open. A leak would leave fifty.
        wait_for(lambda: dashboard.descriptors() <= files + tabs // 10)
    assert max(threads) < threads[0] + tabs  # threads of the first round serve again
    gate.open()
    assert shown(dashboard, job_id).state == "finished"


def test_who_comes_hears_a_heartbeat_at_once_and_who_leaves_is_unsubscribed(
    tmp_path: Path, gate: FlagGate
) -> None:
    """Runs the app in this process: a test can't see the watchers of another process."""
    servers = tmp_path / "servers.toml"
    servers.write_text(f'[servers]\nGATE = "{gate.template}"\n')
    settings = Settings(
        downloads=tmp_path / "downloads", history=tmp_path / "history", servers=servers
    )
    app = create_app(settings)
    app.extensions[EXTENSION].watchers.close()
    parts = replace(app.extensions[EXTENSION], watchers=Watchers(10, heartbeat=FOREVER))
    app.extensions[EXTENSION] = parts
    with ExitStack() as ends, closing(parts):
        server = make_server("127.0.0.1", 0, app, threaded=True)
        ends.callback(server.server_close)
        serving = threading.Thread(target=server.serve_forever, args=[0.01])
        serving.start()
        ends.callback(serving.join)
        ends.callback(server.shutdown)
        job = parts.registry.submit(JobSpec(("FR",), "GATE", "map", 1, 1))
        address = f"ws://127.0.0.1:{server.server_port}/ws/jobs/{job['id']}"
        with connect(address, proxy=None) as ws:
            while (message := json.loads(ws.recv(WITHIN)))["type"] != "heartbeat":
                pass
            assert message["seconds"] == FOREVER
            assert parts.broadcaster._subscriptions.keys() == {job["id"]}
        wait_for(lambda: not parts.broadcaster._subscriptions)
        wait_for(lambda: len(parts.watchers) == 0)


def test_whatever_browsers_say_is_ignored(gated: RunningDashboard, gate: FlagGate) -> None:
    job_id = gated.submit(server="GATE", codes=["FR"])
    screen = Screen()
    with gated.watch(job_id) as ws:
        screen.take(ws.recv(WITHIN))
        for message in ("{", "null", b"\0\xff" * 100, "x" * 4096, json.dumps({"type": "cancel"})):
            ws.send(message)
        for _ in range(100):
            ws.send("x" * 4000)
        assert ws.ping().wait(WITHIN)
        gate.open()
        assert screen.until_closed(ws) == CloseCode.NORMAL_CLOSURE
    screen.assert_shows(gated.finished(job_id))


BROKEN = {
    "over 4 KiB": frame(1, b"x" * 5000),
    "binary over 4 KiB": frame(2, b"x" * 5000),
    "a frame of 100 MB announced": frame(1, b"x" * 70_000)[:2]
    + struct.pack("!Q", 100_000_000)
    + bytes(4)
    + b"x" * 10_000,
    "pieces over 4 KiB": frame(1, b"x" * 3000, fin=False) + frame(0, b"x" * 3000, fin=False),
    "no text": frame(1, b"\xff\xfe"),
    "an opcode of its own": frame(3, b""),
    "reserved bits": frame(0x71, b"x"),
    "a continuation of nothing": frame(0, b"x"),
    "a ping of 200 bytes": frame(9, b"x" * 200),
    "a ping in pieces": frame(9, b"x", fin=False),
    "no mask": b"\x81\x01x",
    "a close frame of one byte": frame(8, b"x"),
    "a close code that can't be": frame(8, struct.pack("!H", 5)),
    "HTTP": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 3,
}


@pytest.mark.parametrize("sent", BROKEN.values(), ids=BROKEN.keys())
def test_messages_against_the_rules_end_the_connection(
    shared: RunningDashboard, sent: bytes
) -> None:
    job_id = shared.submit(server="DELAY", strategy="sequential", codes=["a", "b", "c"])
    try:
        assert_ends(raw_watch(shared, job_id), sent)
    finally:
        shared.post(f"/api/jobs/{job_id}/cancel")


@given(sent=st.binary(min_size=1, max_size=200))
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_noise_harms_nobody(shared: RunningDashboard, sent: bytes) -> None:
    with raw_watch(shared, "999999") as client:
        # The server's reset may cause ENOTCONN, an OSError without a subclass of its own.
        with suppress(OSError):
            client.sendall(sent)
            client.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            while client.recv(4096):
                pass
    assert shared.get("/healthz").ok


def assert_ends(client: socket.socket, sent: bytes) -> None:
    with client:
        with suppress(ConnectionError):
            client.sendall(sent)
        answer = b""
        with suppress(ConnectionError):
            while data := client.recv(65536):
                answer += data
        assert b"Ping/Pong timeout" not in answer


def test_a_message_of_megabytes_takes_no_memory(shared: RunningDashboard) -> None:
    job_id = shared.submit(server="DELAY", strategy="sequential", codes=["a", "b", "c"])
    try:
        with (
            shared.grows_less_than(20 << 20),
            raw_watch(shared, job_id) as client,
            suppress(ConnectionError),
        ):
            client.sendall(frame(1, b"x" * 70_000)[:2] + struct.pack("!Q", 100_000_000))
            for _ in range(240):  # in parts, as a time limit is for one call
                client.sendall(bytes(100_000))
    finally:
        shared.post(f"/api/jobs/{job_id}/cancel")


# The end of the server


def test_the_server_says_that_it_goes_away_and_leaves_nothing_behind(
    start: Callable[..., RunningDashboard],
) -> None:
    dashboard = start(max_running=1, new_session=True)
    assert dashboard.process
    pids = [dashboard.pid, *children(dashboard.pid)]
    assert len(pids) == 2
    busy = dashboard.submit(server="DELAY", select="every", limit=200, max_req=100)
    waiting = [dashboard.submit(server="DELAY") for _ in range(3)]
    screens = [Screen() for _ in range(4)]
    with ExitStack() as open_sockets, ThreadPoolExecutor(4) as pool:
        sockets = [open_sockets.enter_context(dashboard.watch(busy)) for _ in range(3)]
        sockets.append(open_sockets.enter_context(dashboard.watch(waiting[0])))
        for screen, ws in zip(screens, sockets, strict=True):
            screen.take(ws.recv(WITHIN))
        codes = pool.map(
            lambda pair: pair[0].until_closed(pair[1]), zip(screens, sockets, strict=True)
        )
        # Ctrl-C reaches all processes at once. A terminal's end does, too, and is handled alike.
        os.killpg(dashboard.pid, signal.SIGINT)
        assert dashboard.process.wait(WITHIN) == 0
        assert list(codes) == [CloseCode.GOING_AWAY] * 4
    # The jobs ended in time, and watchers heard of it before the close frame.
    assert [screen.state for screen in screens] == ["interrupted"] * 4
    wait_for(lambda: not any(is_alive(pid) for pid in pids))
    dashboard.stop()
    assert dashboard.log == [f"flagdl is running at {dashboard.url}\n"]
    # Read directly from disk: the next start of a dashboard would end jobs that are still open.
    with closing(History(dashboard.history)) as history:
        for job_id in [busy, *waiting]:
            row = history.job(job_id)
            assert row
            assert row.state is JobState.INTERRUPTED
            assert sum(row.counts.values()) == len(row.spec.codes)
            assert not row.counts.get(DownloadStatus.ERROR), "the flag servers were gone before it"
