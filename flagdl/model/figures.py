"""What a job's times say: the gain of concurrency, and its limit.

static/js/model/figures.js does the same for a job on a page. tests/fixtures/figures.json has the
cases that both must pass.
"""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any, NamedTuple

Item = Mapping[str, Any]
MOSTLY = 0.5  # with a smaller share of waiting, downloads compete: each would be quicker alone


class Figures(NamedTuple):
    """Seconds, except for two ratios; None where there is nothing to measure."""

    first: float | None  # when the first result was returned
    held: float  # how long results waited for others, in all
    speedup: float | None  # the sum of all downloads / elapsed time; None if they compete
    waiting: float | None  # the share of that sum that was waiting for the network
    floor: float | None  # no schedule of these downloads is quicker; None if they compete


def figures(items: Sequence[Item], elapsed: float, concurrency: int) -> Figures:
    """Measure a job by the rows of its codes; a download that was cut off doesn't count."""
    measured = [item for item in items if _is_measured(item)]
    times = [item["finished"] - item["started"] for item in measured]
    returned = [item["returned"] for item in measured if item["returned"] is not None]
    # With more attempts, pauses between them look like waiting for the network.
    known = [item for item in measured if item["received"] is not None and item["attempts"] == 1]
    whole = sum(item["finished"] - item["started"] for item in known)
    waited = sum(item["received"] - item["started"] for item in known)
    waiting = waited / whole if whole else None
    competing = waiting is None or waiting < MOSTLY
    return Figures(
        first=min(returned, default=None),
        held=sum(
            item["returned"] - item["finished"] for item in measured if item["returned"] is not None
        ),
        speedup=None if competing or not elapsed else sum(times) / elapsed,
        waiting=waiting,
        floor=None if competing else _floor(times, max(1, concurrency)),
    )


def _floor(times: Sequence[float], connections: int) -> float:
    """Return the largest of three bounds: an even share, the longest, the `rounds` shortest."""
    rounds = ceil(len(times) / connections)
    return max([sum(times) / connections, *times, sum(sorted(times)[:rounds])])


def _is_measured(item: Item) -> bool:
    return item["started"] is not None and item["status"] in ("ok", "not_found", "error")
