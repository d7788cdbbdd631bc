"""Limits how many threads wait for clients that are slow to take their answers."""

import contextlib
import threading
from collections.abc import Callable, Iterator


class SendingLimit:
    """The connections that are being sent an answer; any thread may call.

    If there are more than `most`, the one that has waited longest is cut off.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._waiting: dict[Callable[[], None], None] = {}

    @contextlib.contextmanager
    def sending(self, shutdown: Callable[[], None]) -> Iterator[None]:
        """Count a connection as one that sends, in the block; `shutdown` wakes its thread."""
        with self._lock:
            self._waiting[shutdown] = None
            if len(self._waiting) > self._most:
                next(iter(self._waiting))()
        try:
            yield
        finally:
            with self._lock:
                del self._waiting[shutdown]
