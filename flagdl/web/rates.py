"""How often one address may change something."""

import math
import threading
import time
from collections import Counter
from collections.abc import Callable

WINDOW = 60.0  # seconds


class RateLimit:
    """Counts the changes of each address, minute by minute; any thread may call.

    `clock` returns monotonic seconds: a change of the system's time must not lock clients out.
    """

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit = limit
        self._clock = clock
        self._lock = threading.Lock()  # guards the two below
        self._ends = clock() + WINDOW
        self._changes: Counter[str] = Counter()

    def count(self, address: str) -> int:
        """Count a change; returns 0 if it is allowed, else the seconds until one is allowed."""
        with self._lock:
            now = self._clock()
            if now >= self._ends:
                self._ends = now + WINDOW
                self._changes.clear()
            self._changes[address] += 1
            allowed = self._changes[address] <= self.limit
            return 0 if allowed else math.ceil(self._ends - now)
