"""The three strategies: they differ in scheduling, and in nothing else."""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from flagdl.events import DownloadStatus, FlagResult
from flagdl.strategies import STRATEGIES, Strategy, as_completed, map_, sequential
from tests.running import WITHIN

CODES = ("AA", "BB", "CC", "DD")
CONCURRENT = pytest.mark.parametrize("strategy", [map_, as_completed])
EVERY = pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES)


def result(cc: str) -> FlagResult:
    return FlagResult(cc, DownloadStatus.OK, "OK")


class Gates:
    """A download_one whose downloads end when the test says so, and that counts them."""

    def __init__(self) -> None:
        self.gates = {cc: threading.Event() for cc in CODES}
        self.started = {cc: threading.Event() for cc in CODES}
        self.threads: set[int] = set()
        self.most = 0
        self._running = 0
        self._lock = threading.Lock()

    def download_one(self, cc: str) -> FlagResult:
        with self._lock:
            self.threads.add(threading.get_ident())
            self._running += 1
            self.most = max(self.most, self._running)
        self.started[cc].set()
        assert self.gates[cc].wait(WITHIN)
        with self._lock:
            self._running -= 1
        return result(cc)

    def open(self, *codes: str) -> None:
        for cc in codes:
            self.gates[cc].set()


@EVERY
def test_every_code_has_its_result(strategy: Strategy) -> None:
    codes = [f"{number:03}" for number in range(200)]
    results = list(strategy(codes, result, 10))
    assert sorted(results, key=lambda one: one.cc) == [result(cc) for cc in codes]


@EVERY
def test_no_codes_no_results(strategy: Strategy) -> None:
    assert list(strategy((), result, 1)) == []


def test_sequential_goes_one_by_one_in_the_callers_thread() -> None:
    gates = Gates()
    gates.open(*CODES)
    assert [one.cc for one in sequential(CODES, gates.download_one, 30)] == list(CODES)
    assert gates.threads == {threading.get_ident()}


def test_sequential_starts_a_download_when_the_one_before_was_taken() -> None:
    gates = Gates()
    gates.open(*CODES)
    results = sequential(CODES, gates.download_one, 1)
    assert next(results).cc == "AA"
    assert not gates.started["BB"].is_set()


def test_as_completed_yields_in_order_of_completion() -> None:
    gates = Gates()
    results = as_completed(CODES, gates.download_one, len(CODES))
    order = []
    for cc in ("CC", "AA", "DD", "BB"):
        # The next can only be this one: no other has been let go.
        gates.open(cc)
        order.append(next(results).cc)
    assert order == ["CC", "AA", "DD", "BB"]


def test_map_yields_in_order_of_submission_whatever_ends_first() -> None:
    gates = Gates()
    order: list[str] = []
    with ThreadPoolExecutor(1) as consumer:
        # In a thread, because it waits for AA even when all others have ended.
        consumed = consumer.submit(
            lambda: order.extend(one.cc for one in map_(CODES, gates.download_one, len(CODES)))
        )
        gates.open("DD", "CC", "BB")
        for cc in CODES:
            assert gates.started[cc].wait(WITHIN)
        assert order == []
        gates.open("AA")
        consumed.result(WITHIN)
    assert order == list(CODES)


class Taken(tuple[str, ...]):
    """Codes that say when the last of them has been taken."""

    def __init__(self, codes: Iterable[str]) -> None:
        self.all = threading.Event()

    def __iter__(self) -> Iterator[str]:
        yield from super().__iter__()
        self.all.set()


@CONCURRENT
def test_downloads_overlap_up_to_max_workers_and_never_more(strategy: Strategy) -> None:
    gates = Gates()
    codes = Taken(CODES)
    with ThreadPoolExecutor(1) as consumer:
        consumer.submit(threading.get_ident).result(WITHIN)
        before = set(threading.enumerate())
        consumed = consumer.submit(lambda: list(strategy(codes, gates.download_one, 2)))
        # A pool starts a thread with each code that finds none idle, and here all are held.
        assert codes.all.wait(WITHIN)
        assert len(set(threading.enumerate()) - before) == 2
        for cc in CODES[:2]:
            assert gates.started[cc].wait(WITHIN)
        gates.open(*CODES)
        assert len(consumed.result(WITHIN)) == len(CODES)
    assert gates.most == 2


@CONCURRENT
@pytest.mark.parametrize("max_workers", [1, 3])
def test_more_workers_than_asked_for_never_run(strategy: Strategy, max_workers: int) -> None:
    gates = Gates()
    gates.open(*CODES)
    codes = CODES * 50
    assert len(list(strategy(codes, gates.download_one, max_workers))) == len(codes)
    assert 1 <= gates.most <= max_workers
    assert len(gates.threads) <= max_workers


@EVERY
def test_a_bug_comes_out_and_leaves_no_thread(strategy: Strategy) -> None:
    def download_one(cc: str) -> FlagResult:
        if cc == "BB":
            raise ZeroDivisionError
        return result(cc)

    before = set(threading.enumerate())
    with pytest.raises(ZeroDivisionError):
        list(strategy(CODES, download_one, 2))
    assert set(threading.enumerate()) <= before


def test_all_are_known_by_the_seeds_names() -> None:
    known: dict[str, Callable[..., object]] = dict(STRATEGIES)
    assert known == {"sequential": sequential, "map": map_, "as_completed": as_completed}
