"""What is promised in seconds, on machines that stand still for seconds themselves."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

TICK = 0.05
STILL = 0.2  # seconds: who sleeps so much too long has not just waited for a turn


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Fail if the block takes longer, but for the time in which the machine stood still.

    As virtual machines do. A thread that only sleeps knows of it: it sleeps too long.
    """
    over = threading.Event()
    lost: list[float] = []

    def sleep() -> None:
        while not over.is_set():
            began = time.monotonic()
            over.wait(TICK)
            too_long = time.monotonic() - began - TICK
            if too_long > STILL:
                lost.append(too_long)

    sleeper = threading.Thread(target=sleep)
    sleeper.start()
    began = time.monotonic()
    try:
        yield
        took = time.monotonic() - began
    finally:
        over.set()
        sleeper.join()
    assert took - sum(lost) < seconds, f"it took {took:.2f} s, of which {sum(lost):.2f} s were lost"
