"""How many threads may wait for clients that are slow to take their answers."""

import contextlib
import threading
from collections.abc import Iterator
from typing import Protocol


class Sender(Protocol):
    """A connection whose answer is being sent."""

    def shutdown(self) -> None:
        """Wake the thread that sends."""


class SendingLimit:
    """The connections that are being sent an answer; any thread may call.

    If there are more than `most`, the one that has waited longest is cut off.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._waiting: dict[Sender, None] = {}

    @contextlib.contextmanager
    def sending(self, sender: Sender) -> Iterator[None]:
        """Count a connection as one that sends, in the block."""
        with self._lock:
            self._waiting[sender] = None
            if len(self._waiting) > self._most:
                next(iter(self._waiting)).shutdown()
        try:
            yield
        finally:
            with self._lock:
                del self._waiting[sender]
