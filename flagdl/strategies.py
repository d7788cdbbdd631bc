"""Four ways to download many flags; they differ in scheduling and in nothing else.

Each takes the codes in order of submission, a `download_one` that never raises for an expected
failure, and what limits how many run at once: an executor, or a semaphore. Each yields every
result, in the thread that iterates.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from concurrent import futures
from typing import Any, TypeVar

Result = TypeVar("Result")
DownloadOne = Callable[[str], Result]


def sequential(
    codes: Sequence[str], download_one: DownloadOne[Result], _executor: futures.Executor
) -> Iterator[Result]:
    """One after another, in one thread: each download waits for the one before it."""
    for cc in codes:
        yield download_one(cc)


def map_(
    codes: Sequence[str], download_one: DownloadOne[Result], executor: futures.Executor
) -> Iterator[Result]:
    """`executor.map`: downloads overlap, results arrive in the order of submission."""
    with executor:
        yield from executor.map(download_one, codes)


def as_completed(
    codes: Sequence[str], download_one: DownloadOne[Result], executor: futures.Executor
) -> Iterator[Result]:
    """`submit` + `as_completed`: downloads overlap, each result arrives when it is done."""
    with executor:
        to_do = [executor.submit(download_one, cc) for cc in codes]
        for future in futures.as_completed(to_do):
            yield future.result()


async def asyncio_(
    codes: Sequence[str], download_one: DownloadOne[Awaitable[Result]], slots: asyncio.Semaphore
) -> AsyncIterator[Result]:
    """`asyncio.as_completed`: one thread waits for all downloads, each result arrives when done."""

    async def in_slot(cc: str) -> Result:
        async with slots:
            return await download_one(cc)

    tasks = [asyncio.create_task(in_slot(cc)) for cc in codes]
    for done in asyncio.as_completed(tasks):
        yield await done


THREADED: dict[
    str, Callable[[Sequence[str], Callable[[str], Any], futures.Executor], Iterator[Any]]
] = {
    "sequential": sequential,
    "map": map_,
    "as_completed": as_completed,
}
STRATEGIES: dict[str, Callable[..., Any]] = {**THREADED, "asyncio": asyncio_}
DEFAULT_STRATEGY = "as_completed"
