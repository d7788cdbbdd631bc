"""Deadlines that hold: sockets are shut from outside, and only those they should be."""

import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from flagdl.events import DownloadStatus
from flagdl.watchdog import Attempt, GivenUp, Watchdog, hold
from tests.running import WITHIN

Wires = Callable[[], tuple[socket.socket, socket.socket]]


class Clock:
    """A clock that stands still until the test sets it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cancel() -> threading.Event:
    return threading.Event()


@pytest.fixture
def watchdog(cancel: threading.Event, clock: Clock) -> Iterator[Watchdog]:
    watchdog = Watchdog(cancel, clock)
    yield watchdog
    watchdog.close()


@pytest.fixture
def wires() -> Iterator[Wires]:
    """Makes pairs of connected sockets."""
    made: list[socket.socket] = []

    def make() -> tuple[socket.socket, socket.socket]:
        pair = socket.socketpair()
        for end in pair:
            end.settimeout(WITHIN)
        made.extend(pair)
        return pair

    yield make
    for end in made:
        end.close()


def wait_until_cut(watchdog: Watchdog, deadline: float, sock: socket.socket) -> GivenUp:
    """Wait for data that never comes, and return why the wait ended."""
    with pytest.raises(GivenUp) as caught, watchdog.attempt(deadline) as attempt:  # noqa: PT012
        hold(sock)
        assert sock.recv(1) == b""
        attempt.check()
    return caught.value


def test_a_wait_past_its_deadline_ends(watchdog: Watchdog, clock: Clock, wires: Wires) -> None:
    sock, _ = wires()
    clock.now = 10.5
    given_up = wait_until_cut(watchdog, 10, sock)
    assert (given_up.status, given_up.reason) == (DownloadStatus.ERROR, "deadline")


def test_bytes_that_drip_do_not_help(watchdog: Watchdog, clock: Clock, wires: Wires) -> None:
    sock, other = wires()
    with watchdog.attempt(10) as attempt:
        hold(sock)
        other.send(b"ab")
        assert sock.recv(1) == b"a"
        attempt.check()
        clock.now = 11
        while sock.recv(1):
            pass
        with pytest.raises(GivenUp, match="deadline"):
            attempt.check()


def test_cancel_ends_every_wait(watchdog: Watchdog, cancel: threading.Event, wires: Wires) -> None:
    with ThreadPoolExecutor(3) as executor:
        waits = [executor.submit(wait_until_cut, watchdog, 10, wires()[0]) for _ in range(3)]
        cancel.set()
        ends = [wait.result(WITHIN) for wait in waits]
    assert {(end.status, end.reason) for end in ends} == {(DownloadStatus.CANCELLED, "cancelled")}


def test_each_attempt_has_its_own_deadline(watchdog: Watchdog, clock: Clock, wires: Wires) -> None:
    early, late = wires(), wires()
    with ThreadPoolExecutor(1) as executor, watchdog.attempt(20) as attempt:
        hold(late[0])
        clock.now = 15
        executor.submit(wait_until_cut, watchdog, 10, early[0]).result(WITHIN)
        late[1].send(b"x")
        assert late[0].recv(1) == b"x"
        attempt.check()


def test_a_socket_that_was_let_go_is_left_alone(
    watchdog: Watchdog, clock: Clock, wires: Wires
) -> None:
    pooled, other = wires()
    with watchdog.attempt(10) as attempt:
        hold(pooled)
    clock.now = 11
    wait_until_cut(watchdog, 10, wires()[0])
    # The watchdog may have come upon the attempt just before it ended.
    attempt.cut(GivenUp(DownloadStatus.ERROR, "deadline"))
    other.send(b"x")
    assert pooled.recv(1) == b"x"


def test_after_cancel_nothing_begins(watchdog: Watchdog, cancel: threading.Event) -> None:
    cancel.set()
    with pytest.raises(GivenUp, match="cancelled"), watchdog.attempt(10):
        pytest.fail("it began")


def test_a_socket_that_comes_too_late_is_not_waited_for(wires: Wires) -> None:
    attempt = Attempt(10)
    attempt.cut(GivenUp(DownloadStatus.ERROR, "deadline"))
    with pytest.raises(GivenUp, match="deadline"):
        attempt.hold(wires()[0])


def test_the_first_reason_stays() -> None:
    attempt = Attempt(10)
    attempt.cut(GivenUp(DownloadStatus.ERROR, "deadline"))
    attempt.cut(GivenUp(DownloadStatus.CANCELLED, "cancelled"))
    with pytest.raises(GivenUp, match="deadline"):
        attempt.check()


def test_a_socket_that_is_closed_already_is_no_trouble(wires: Wires) -> None:
    sock, _ = wires()
    attempt = Attempt(10)
    attempt.hold(sock)
    sock.close()
    attempt.cut(GivenUp(DownloadStatus.ERROR, "deadline"))


def test_without_an_attempt_there_is_nothing_to_hold(wires: Wires) -> None:
    hold(wires()[0])


def test_who_still_waits_at_the_end_of_a_cancelled_job_is_let_go(
    cancel: threading.Event, clock: Clock, wires: Wires
) -> None:
    watchdog = Watchdog(cancel, clock)
    holds = threading.Event()
    sock, _ = wires()

    def wait() -> bytes:
        with watchdog.attempt(10):
            hold(sock)
            holds.set()
            return sock.recv(1)

    with ThreadPoolExecutor(1) as executor:
        waiting = executor.submit(wait)
        assert holds.wait(WITHIN)
        cancel.set()
        watchdog.close()
        assert waiting.result(WITHIN) == b""


def test_closing_ends_its_thread_and_may_be_repeated(cancel: threading.Event, clock: Clock) -> None:
    before = set(threading.enumerate())
    watchdog = Watchdog(cancel, clock)
    watchdog.close()
    watchdog.close()
    assert set(threading.enumerate()) <= before
