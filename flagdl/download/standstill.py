"""Time in which the process stood still: after Ctrl-Z, in a paused container, under a debugger."""

import math
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from flagdl.system.threads import NoThread, start_thread

INTERVAL = 0.25  # seconds between looks at the clock
LONG = 2.0  # seconds without a look: too long for a machine that is only busy


class Standstill:
    """Knows whether the process stood still; a context manager. Any thread may ask.

    `clock` gives monotonic seconds. Inside the block, a thread looks at the clock.
    """

    def __init__(self, clock: Callable[[], float], long: float = LONG) -> None:
        self._clock = clock
        self._long = long
        self._seen = math.inf  # before the first look, nothing is known
        self._went_on = -math.inf
        self._over = threading.Event()

    def since(self, moment: float) -> bool:
        """Whether the process has stood still since `moment`."""
        # Read in this order: look() writes the two in the opposite order.
        return self._clock() - self._seen > self._long or self._went_on >= moment

    def look(self) -> None:
        """Look at the clock."""
        now = self._clock()
        if now - self._seen > self._long:
            self._went_on = now
        self._seen = now

    def __enter__(self) -> Self:
        with suppress(NoThread):  # the job goes on without this thread
            start_thread(self._run, "flagdl-standstill")
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._over.set()

    def _run(self) -> None:
        while True:
            self.look()
            if self._over.wait(INTERVAL):
                return
