"""Three ways to download many flags; they differ in scheduling and in nothing else.

Each takes the codes in order of submission, a `download_one` that never raises for an expected
failure, and the number of threads; each yields every result, in the thread that iterates.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent import futures

from flagdl.events import FlagResult

DownloadOne = Callable[[str], FlagResult]
Strategy = Callable[[Sequence[str], DownloadOne, int], Iterator[FlagResult]]


def sequential(
    codes: Sequence[str], download_one: DownloadOne, _max_workers: int
) -> Iterator[FlagResult]:
    """One after another, in one thread: each download waits for the one before it."""
    for cc in codes:
        yield download_one(cc)


def map_(codes: Sequence[str], download_one: DownloadOne, max_workers: int) -> Iterator[FlagResult]:
    """`executor.map`: downloads overlap, results arrive in the order of submission."""
    with futures.ThreadPoolExecutor(max_workers) as executor:
        yield from executor.map(download_one, codes)


def as_completed(
    codes: Sequence[str], download_one: DownloadOne, max_workers: int
) -> Iterator[FlagResult]:
    """`submit` + `as_completed`: downloads overlap, each result arrives when it is done."""
    with futures.ThreadPoolExecutor(max_workers) as executor:
        to_do = [executor.submit(download_one, cc) for cc in codes]
        for future in futures.as_completed(to_do):
            yield future.result()


STRATEGIES: dict[str, Strategy] = {
    "sequential": sequential,
    "map": map_,
    "as_completed": as_completed,
}
DEFAULT_STRATEGY = "as_completed"
