"""The clocks of a cluster's processes, compared with the job's."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from flagdl.cluster.connection import Connection
from flagdl.cluster.worker import clock
from flagdl.model.events import FlagResult

ROUNDS = 3  # the quickest answer gives the most exact offset


class Clocks:
    """Turns times on a worker's clock into times on the job's; one thread at a time."""

    def __init__(self, connection: Connection, here: Callable[[], float]) -> None:
        self._connection = connection
        self._here = here
        self._offsets: dict[str, float] = {}

    def measure(self, workers: Sequence[str] | None = None) -> None:
        """Compare the clocks of all workers, or of some, with the job's."""
        widths: dict[str, float] = {}
        for _ in range(ROUNDS):
            asked = self._here()
            answers = self._connection.run(clock, workers=workers)
            answered = self._here()
            for address, theirs in answers.items():
                if answered - asked < widths.get(address, math.inf):
                    widths[address] = answered - asked
                    self._offsets[address] = (asked + answered) / 2 - theirs

    def translate(self, result: FlagResult, address: str) -> FlagResult:
        """Return a result with all times on the job's clock; its `started` already is.

        The comparison of the clocks is not exact, so each time is kept between `started` and now.
        """
        first, now = result.started or 0.0, self._here()

        def at(theirs: float | None) -> float | None:
            return None if theirs is None else min(max(self.here(address, theirs), first), now)

        return replace(
            result,
            sent=at(result.sent),
            first_byte=at(result.first_byte),
            received=at(result.received),
        )

    def here(self, address: str, theirs: float) -> float:
        """Return a worker's time on the job's clock, or the time now if the worker has gone."""
        if address not in self._offsets:
            self.measure([address])
        offset = self._offsets.setdefault(address, self._here() - theirs)
        return round(theirs + offset, 6)
