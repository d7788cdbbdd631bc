"""Signals that end a program: at once while it starts, in order later, never if ignored."""

import os
import signal
import threading
from _thread import start_new_thread
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

ENDING = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
    if hasattr(signal, name)  # Windows has two of them
)
Handler = Callable[[int, FrameType | None], object]


def end_without_traceback() -> None:
    """Let Ctrl-C end the program at once, as long as it has nothing to end in order."""
    handle(signal.SIGINT, signal.SIG_DFL)


def end_within(seconds: float) -> None:
    """End the program after this time, if it has not ended in order."""
    timer = threading.Timer(seconds, os._exit, [1])
    timer.daemon = True
    with suppress(RuntimeError):  # the system has no thread left
        timer.start()


def handle(number: int, handler: Handler | signal.Handlers) -> None:
    """Set a signal's handler, unless it is ignored."""
    if not is_ignored(number):
        signal.signal(number, handler)


def is_ignored(number: int) -> bool:
    """Whether a signal was ignored when the program started, as SIGHUP is under nohup."""
    return signal.getsignal(number) is signal.SIG_IGN


@contextmanager
def stopped_by_signals(stop: Callable[[], object]) -> Iterator[list[int]]:
    """Call `stop` in another thread at Ctrl-C and the like; yields the signals that came."""
    received: list[int] = []

    def receive(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        # This thread may hold a lock that `stop` takes, or that Thread.start() takes.
        try:
            start_new_thread(stop, ())
        except RuntimeError:  # the system has no thread left
            stop()

    before = {number: signal.getsignal(number) for number in ENDING}
    for number in ENDING:
        handle(number, receive)
    try:
        yield received
    finally:
        for number, handler in before.items():
            # After the first signal the program ends anyway; a second one must not disturb it.
            signal.signal(number, signal.SIG_IGN if received else handler)
