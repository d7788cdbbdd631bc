"""Watchers' sockets: messages in order, no wait for a slow watcher, and every end in time."""

import json
import struct
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagdl.web.server.watcher import BACKLOG_LIMIT, text_frame
from flagdl.web.server.watchers import Watchers
from tests.support.hostile import FOREVER
from tests.support.running import WITHIN, wait_for
from tests.support.tabs import Tab, parse

CLOSED_BY_US = b"\x88\x02\x03\xe8"  # a close frame with 1000


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(40) as pool:
        yield pool


@pytest.fixture
def watchers(pool: ThreadPoolExecutor) -> Iterator[Watchers]:
    with closing(Watchers(10, heartbeat=FOREVER)) as watchers:
        yield watchers


@pytest.fixture
def tab(watchers: Watchers, pool: ThreadPoolExecutor) -> Iterator[Tab]:
    tab = Tab(watchers, pool)
    with tab.browser:
        yield tab
        tab.browser.close()
        tab.handler.result(WITHIN)


@given(st.sampled_from([0, 1, 125, 126, 127, 65535, 65536, 70000]) | st.integers(0, 300))
def test_text_frames_are_what_the_protocol_wants(size: int) -> None:
    [frame] = parse(text_frame("x" * size))
    assert (frame.opcode, frame.data, frame.fin) == (1, b"x" * size, True)
    assert not any((frame.rsv1, frame.rsv2, frame.rsv3))


def test_what_does_not_fit_is_sent_later_and_in_order(tab: Tab) -> None:
    messages = [text_frame(f"{number:4}" * 2000) for number in range(100)]
    for message in messages:
        tab.guest.send(message)
    assert tab.read(sum(map(len, messages))) == b"".join(messages)
    tab.guest.send(text_frame("after"))
    assert tab.read(7) == text_frame("after")


def test_several_threads_never_mix_their_frames(tab: Tab, pool: ThreadPoolExecutor) -> None:
    guest = tab.guest
    frames = [text_frame(chr(65 + number) * 3000) for number in range(8)]
    senders = [pool.submit(lambda f: [guest.send(f) for _ in range(25)], frame) for frame in frames]
    data = tab.read(25 * sum(map(len, frames)))
    for sender in senders:
        sender.result()
    parsed = parse(data)
    assert len(parsed) == 200
    assert all(len(set(frame.data)) == 1 and len(frame.data) == 3000 for frame in parsed)


def test_who_never_reads_is_cut_off_at_the_limit(tab: Tab) -> None:
    message = text_frame("x" * 50_000)
    for _ in range(BACKLOG_LIMIT // len(message) + 3):
        tab.guest.send(message)
    tab.handler.result(WITHIN)
    assert len(tab.guest._backlog) == 0
    assert len(tab.read_all()) < BACKLOG_LIMIT
    tab.guest.send(message)  # not an error: it is dropped


def test_the_close_frame_comes_behind_everything_and_nothing_behind_it(tab: Tab) -> None:
    messages = [text_frame(chr(65 + number) * 5000) for number in range(20)]
    for message in messages:
        tab.guest.send(message)
    tab.guest.end()
    tab.guest.send(text_frame("too late"))
    assert tab.read(20 * len(messages[0])) == b"".join(messages)
    assert tab.read(4) == CLOSED_BY_US
    assert not tab.handler.done(), "the browser has not answered yet"
    tab.browser.sendall(b"\x88\x82\0\0\0\0\x03\xe8")
    tab.handler.result(WITHIN)
    assert tab.read_all() == b""


def test_a_snapshot_for_a_slow_browser_is_not_cut_short(tab: Tab) -> None:
    """The handler has nothing left to do, but must keep the socket until the snapshot is sent."""
    snapshot = text_frame("x" * 300_000)
    tab.guest.send(snapshot)
    tab.guest.end()
    assert tab.read(len(snapshot)) == snapshot
    assert tab.read(4) == CLOSED_BY_US


def test_a_socket_that_ends_before_it_is_read_is_sent_in_full(
    watchers: Watchers, pool: ThreadPoolExecutor
) -> None:
    ended = threading.Event()
    tab = Tab(watchers, pool, may_read=ended)
    snapshot = text_frame("x" * 300_000)
    tab.guest.send(snapshot)
    tab.guest.end()
    ended.set()
    assert tab.read(len(snapshot) + 4) == snapshot + CLOSED_BY_US
    tab.browser.close()
    tab.handler.result(WITHIN)


def test_who_does_not_answer_the_close_frame_is_shut_down(pool: ThreadPoolExecutor) -> None:
    with closing(Watchers(1, heartbeat=FOREVER, close_timeout=0.01)) as watchers:
        tab = Tab(watchers, pool)
        tab.guest.end()
        tab.handler.result(WITHIN)
        assert tab.read_all() == CLOSED_BY_US
        tab.browser.close()


def test_who_leaves_is_forgotten(watchers: Watchers, tab: Tab) -> None:
    tab.wait_for_welcome()
    assert len(watchers) == 1
    tab.browser.close()
    tab.handler.result(WITHIN)
    assert len(watchers) == 0


@pytest.mark.parametrize("last_word", [b"", b"\x88\x82\0\0\0\0\x03\xe8", b"x"])
def test_who_is_gone_before_it_is_read_is_forgotten_at_once_and_leaves_no_thread(
    watchers: Watchers, pool: ThreadPoolExecutor, last_word: bytes
) -> None:
    ended = [threading.Event() for _ in range(10)]
    tabs = [Tab(watchers, pool, may_read=event) for event in ended]
    for tab, event in zip(tabs, ended, strict=True):
        tab.wait_for_welcome()
        tab.browser.sendall(last_word)
        tab.browser.close()
        event.set()
    for tab in tabs:
        tab.handler.result(2)
    assert len(watchers) == 0
    assert not [thread for thread in threading.enumerate() if "simple_websocket" in thread.name]


def test_everybody_hears_a_heartbeat_that_says_when_the_next_one_comes(
    pool: ThreadPoolExecutor,
) -> None:
    with closing(Watchers(10, heartbeat=0.01)) as watchers:
        tabs = [Tab(watchers, pool) for _ in range(2)]
        for tab in tabs:
            frames = parse(tab.read(3 * len(watchers.heartbeat)))
            said = [json.loads(bytes(frame.data)) for frame in frames]
            assert said == [{"type": "heartbeat", "seconds": 0.01}] * 3
            tab.browser.close()
            tab.handler.result(WITHIN)


def test_one_too_many_is_refused_and_not_waited_for(pool: ThreadPoolExecutor) -> None:
    with closing(Watchers(1)) as watchers:
        first = Tab(watchers, pool)
        first.wait_for_welcome()
        second = Tab(watchers, pool)
        second.handler.result(WITHIN)
        assert second.watcher is None
        [close] = parse(second.read_all())
        assert close.data[:2] == struct.pack("!H", 1013)
        first.browser.close()
        first.handler.result(WITHIN)
        third = Tab(watchers, pool)
        third.wait_for_welcome()
        third.browser.close()
        second.browser.close()
        third.handler.result(WITHIN)


def test_messages_of_browsers_are_not_kept(tab: Tab) -> None:
    tab.wait_for_welcome()
    for _ in range(500):
        tab.browser.sendall(b"\x81\xfe\x0f\xa0\0\0\0\0" + b"x" * 4000)
    tab.browser.sendall(b"\x89\x80\0\0\0\0")
    assert tab.read(2) == b"\x8a\x00"
    assert len(tab.ws.input_buffer) <= 2


def test_closing_tells_everybody_and_ends_in_time_for_who_stalls(pool: ThreadPoolExecutor) -> None:
    watchers = Watchers(10, stop_timeout=0.2)
    polite, stalled = Tab(watchers, pool), Tab(watchers, pool)
    for number in range(20):
        assert number <= stalled.guest.send(text_frame("x" * 5000))
    polite.wait_for_welcome()

    def answer() -> int:
        code = polite.read(4)[2:]
        with suppress(OSError):  # its time may be over on a busy machine
            polite.browser.sendall(b"\x88\x82\0\0\0\0" + code)
        return int.from_bytes(code, "big")

    answered = pool.submit(answer)
    watchers.close()
    assert answered.result(WITHIN) == 1001
    for tab in (polite, stalled):
        tab.handler.result(WITHIN)
        tab.browser.close()
    late = Tab(watchers, pool)
    late.handler.result(WITHIN)  # it is not waited for
    [close] = parse(late.read_all())
    assert close.data[:2] == struct.pack("!H", 1001)
    late.browser.close()
    watchers.close()
    assert not watchers._thread.is_alive()


def test_a_job_that_ends_because_the_server_stops_says_so(watchers: Watchers, tab: Tab) -> None:
    tab.wait_for_welcome()
    watchers.stop_accepting()
    tab.guest.end()
    assert tab.read(4)[2:] == struct.pack("!H", 1001)


def test_ending_a_socket_whose_browser_ends_it_too_is_no_error(
    watchers: Watchers, pool: ThreadPoolExecutor
) -> None:
    """Close frames of both sides cross: the broadcaster's thread must survive every order."""
    for _ in range(30):
        tab = Tab(watchers, pool)
        tab.wait_for_welcome()
        crossing = threading.Barrier(2)

        def leave(tab: Tab = tab, crossing: threading.Barrier = crossing) -> None:
            crossing.wait()
            with suppress(OSError):  # the socket may be closed already
                tab.browser.sendall(b"\x88\x82\0\0\0\0\x03\xe8")

        leaving = pool.submit(leave)
        crossing.wait()
        tab.guest.end()
        leaving.result()
        tab.handler.result(WITHIN)
        tab.browser.close()


def test_a_protocol_that_is_over_already_is_no_error(tab: Tab) -> None:
    """simple-websocket has answered a close frame, but still counts as connected."""
    from wsproto.events import CloseConnection

    tab.ws.ws.send(CloseConnection(1000))
    assert tab.ws.connected
    tab.guest.end()


def test_a_number_that_comes_back_belongs_to_its_new_socket(
    watchers: Watchers, pool: ThreadPoolExecutor
) -> None:
    """A closed socket with a backlog frees its number for a new one, which has a backlog, too."""
    message = text_frame("x" * 40_000)
    for _ in range(10):
        gone = Tab(watchers, pool)
        gone.guest.send(message)
        gone.browser.close()
        gone.handler.result(WITHIN)
        tab = Tab(watchers, pool)
        for _ in range(3):
            tab.guest.send(message)
        assert tab.read(3 * len(message)) == 3 * message
        tab.browser.close()
        tab.handler.result(WITHIN)
    wait_for(lambda: len(watchers) == 0)
