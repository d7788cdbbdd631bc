"""The strategies: they differ in scheduling, and in nothing else."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor

import pytest

from flagdl.strategies import STRATEGIES, as_completed, asyncio_, map_, sequential
from tests.support.running import WITHIN

Threaded = Callable[[Sequence[str], Callable[[str], str], Executor], Iterator[str]]
CODES = ("AA", "BB", "CC", "DD")
CONCURRENT = pytest.mark.parametrize("strategy", [map_, as_completed])


class Gates:
    """A download_one that counts its downloads and ends each when the test says so."""

    def __init__(self) -> None:
        self.gates = {cc: threading.Event() for cc in CODES}
        self.started = {cc: threading.Event() for cc in CODES}
        self.threads: set[int] = set()
        self.most = 0
        self._running = 0
        self._lock = threading.Lock()

    def download_one(self, cc: str) -> str:
        with self._lock:
            self.threads.add(threading.get_ident())
            self._running += 1
            self.most = max(self.most, self._running)
        self.started[cc].set()
        assert self.gates[cc].wait(WITHIN)
        with self._lock:
            self._running -= 1
        return cc

    def open(self, *codes: str) -> None:
        for cc in codes:
            self.gates[cc].set()


def threads(number: int) -> Executor:
    return ThreadPoolExecutor(number)


def in_loop(
    codes: Sequence[str], download_one: Callable[[str], Awaitable[str]], slots: int
) -> list[str]:
    """Return the results of the strategy that needs an event loop."""

    async def consume() -> list[str]:
        return [cc async for cc in asyncio_(codes, download_one, asyncio.Semaphore(slots))]

    return asyncio.run(consume())


@pytest.mark.parametrize("codes", [(), [f"{number:03}" for number in range(200)]])
def test_every_code_has_its_result(codes: Sequence[str]) -> None:
    async def download_one(cc: str) -> str:
        await asyncio.sleep(0)
        return cc

    assert list(sequential(codes, str, threads(10))) == list(codes)
    assert list(map_(codes, str, threads(10))) == list(codes)
    assert sorted(as_completed(codes, str, threads(10))) == list(codes)
    assert sorted(in_loop(codes, download_one, 10)) == list(codes)


def test_sequential_goes_one_by_one_in_the_callers_thread() -> None:
    gates = Gates()
    gates.open(*CODES)
    assert list(sequential(CODES, gates.download_one, threads(30))) == list(CODES)
    assert gates.threads == {threading.get_ident()}


def test_sequential_starts_a_download_when_the_one_before_was_taken() -> None:
    gates = Gates()
    gates.open(*CODES)
    results = sequential(CODES, gates.download_one, threads(1))
    assert next(results) == "AA"
    assert not gates.started["BB"].is_set()


def test_as_completed_yields_in_order_of_completion() -> None:
    gates = Gates()
    results = as_completed(CODES, gates.download_one, threads(len(CODES)))
    order = []
    for cc in ("CC", "AA", "DD", "BB"):
        # The next can only be this one: no other has been let go.
        gates.open(cc)
        order.append(next(results))
    assert order == ["CC", "AA", "DD", "BB"]


def test_map_yields_in_order_of_submission_whatever_ends_first() -> None:
    gates = Gates()
    order: list[str] = []
    with ThreadPoolExecutor(1) as consumer:
        # In a thread, because it waits for AA even when all others have ended.
        consumed = consumer.submit(
            lambda: order.extend(map_(CODES, gates.download_one, threads(len(CODES))))
        )
        gates.open("DD", "CC", "BB")
        for cc in CODES:
            assert gates.started[cc].wait(WITHIN)
        assert order == []
        gates.open("AA")
        consumed.result(WITHIN)
    assert order == list(CODES)


def test_asyncio_yields_in_order_of_completion_and_in_one_thread() -> None:
    order: list[str] = []

    async def consume() -> None:
        gates = {cc: asyncio.Event() for cc in CODES}
        seen: set[int] = set()

        async def download_one(cc: str) -> str:
            seen.add(threading.get_ident())
            await gates[cc].wait()
            return cc

        results = asyncio_(CODES, download_one, asyncio.Semaphore(len(CODES)))
        for cc in ("CC", "AA", "DD", "BB"):
            gates[cc].set()
            order.append(await anext(results))
        assert seen == {threading.get_ident()}

    asyncio.run(consume())
    assert order == ["CC", "AA", "DD", "BB"]


@pytest.mark.parametrize("slots", [1, 3])
def test_asyncio_downloads_overlap_up_to_its_slots(slots: int) -> None:
    running, most = 0, 0

    async def download_one(cc: str) -> str:
        nonlocal running, most
        running += 1
        most = max(most, running)
        for _ in range(10):
            await asyncio.sleep(0)
        running -= 1
        return cc

    assert len(in_loop(CODES * 50, download_one, slots)) == len(CODES) * 50
    assert most == slots


@CONCURRENT
def test_every_call_is_submitted_before_the_first_result(strategy: Threaded) -> None:
    gates = Gates()
    gates.open("BB", "CC", "DD")
    with ThreadPoolExecutor(1) as consumer:
        consumed = consumer.submit(lambda: list(strategy(CODES, gates.download_one, threads(4))))
        for cc in CODES:
            assert gates.started[cc].wait(WITHIN)
        gates.open("AA")
        assert len(consumed.result(WITHIN)) == len(CODES)


@CONCURRENT
@pytest.mark.parametrize("max_workers", [1, 3])
def test_more_workers_than_asked_for_never_run(strategy: Threaded, max_workers: int) -> None:
    gates = Gates()
    gates.open(*CODES)
    codes = CODES * 50
    assert len(list(strategy(codes, gates.download_one, threads(max_workers)))) == len(codes)
    assert 1 <= gates.most <= max_workers


@pytest.mark.parametrize("strategy", [sequential, map_, as_completed])
def test_a_bug_comes_out_and_leaves_no_thread(strategy: Threaded) -> None:
    def download_one(cc: str) -> str:
        if cc == "BB":
            raise ZeroDivisionError
        return cc

    before = set(threading.enumerate())
    with pytest.raises(ZeroDivisionError):
        list(strategy(CODES, download_one, threads(2)))
    assert set(threading.enumerate()) <= before


def test_a_bug_comes_out_of_asyncio() -> None:
    async def download_one(cc: str) -> str:
        if cc == "BB":
            raise ZeroDivisionError
        return cc

    with pytest.raises(ZeroDivisionError):
        in_loop(CODES, download_one, 2)


def test_all_are_known_by_the_names_of_the_book() -> None:
    by_name = {strategy.__name__.rstrip("_"): strategy for strategy in STRATEGIES.values()}
    assert by_name == STRATEGIES
