"""The same work done in several ways: by every strategy, or with more and more connections."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from flagdl.model.spec import CLUSTER, JobSpec
from flagdl.strategies import THREADED

WIDTHS = (1, 2, 5, 10, 20, 50, 100)
WORTH_IT = 0.05  # a gain of less than this part of the time isn't worth more connections


def race(spec: JobSpec, strategies: Iterable[str]) -> list[JobSpec]:
    """Return the job with each strategy that its executor can have."""
    return [
        replace(spec, strategy=name, max_req=1 if name == "sequential" else spec.max_req)
        for name in strategies
        if name in THREADED or spec.executor != CLUSTER
    ]


def sweep(spec: JobSpec, widths: Iterable[int] = WIDTHS) -> list[JobSpec]:
    """Return the job with each number of connections, from the fewest, up to one for each code."""
    reached = sorted({min(width, len(spec.codes)) for width in widths})
    return [replace(spec, max_req=width) for width in reached]


def knee(times: Mapping[int, float]) -> int | None:
    """Return the number of connections beyond which no larger number gains enough.

    `times` are seconds by number of connections. None if the largest number is worth it, or
    if there are less than three: as in static/js/model/sweep.js, two runs are no sweep.
    """
    if len(times) < 3:
        return None
    widths = sorted(times)
    for at, width in enumerate(widths[:-1]):
        if min(times[more] for more in widths[at + 1 :]) > times[width] * (1 - WORTH_IT):
            return width
    return None
