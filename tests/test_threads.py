"""The server's pool: grows when it must, shrinks when it can."""

import threading
from collections.abc import Iterator

import pytest

from flagdl.web.server import threads
from flagdl.web.server.threads import Threads
from tests.running import WITHIN, wait_for


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[Threads]:
    monkeypatch.setattr(threads, "IDLE", 0.05)
    pool = Threads(3)
    yield pool
    pool.shutdown()


def alive() -> int:
    return sum(thread.name == "flagdl-server" for thread in threading.enumerate())


def test_answers_and_exceptions_reach_who_asked(pool: Threads) -> None:
    assert pool.submit(divmod, 7, 2).result(WITHIN) == (3, 1)
    assert pool.submit(dict, one=1).result(WITHIN) == {"one": 1}
    assert isinstance(pool.submit(int, "x").exception(WITHIN), ValueError)
    assert isinstance(pool.submit(exit).exception(WITHIN), SystemExit)
    assert pool.submit(len, "abc").result(WITHIN) == 3


def test_it_has_as_many_threads_as_work_and_no_more_than_its_limit(pool: Threads) -> None:
    together = threading.Barrier(4)  # three of the pool, and this one
    waiting = [pool.submit(together.wait, WITHIN) for _ in range(3)]
    later = pool.submit(len, "abc")
    wait_for(lambda: together.n_waiting == 3)
    assert alive() == 3
    assert not later.done()
    together.wait(WITHIN)
    for future in (*waiting, later):
        future.result(WITHIN)


def test_where_the_system_has_no_threads_left_work_waits_for_one(
    pool: Threads, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_left(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    let_go = threading.Event()
    waiting = pool.submit(let_go.wait, WITHIN)
    wait_for(waiting.running)
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", none_left)
        later = pool.submit(len, "abc")
        assert not later.done()
        let_go.set()
        assert later.result(WITHIN) == 3
        wait_for(lambda: alive() == 0)
        much_later = pool.submit(len, "ab")
    assert pool.submit(len, "abcd").result(WITHIN) == 4
    assert much_later.result(WITHIN) == 2


def test_threads_without_work_leave_and_others_come(pool: Threads) -> None:
    for _ in range(2):
        pool.submit(len, "abc").result(WITHIN)
        assert wait_for(lambda: alive() == 0)


def test_one_thread_is_enough_for_one_after_another(
    pool: Threads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "IDLE", WITHIN)
    seen = set()
    for _ in range(20):
        seen.add(pool.submit(threading.get_ident).result(WITHIN))
        assert wait_for(lambda: pool._idle == 1)  # it waits for the next one
    assert len(seen) == 1


def test_shutdown_finishes_what_waits_and_takes_no_more(pool: Threads) -> None:
    hold = threading.Event()
    futures = [pool.submit(hold.wait, WITHIN) for _ in range(5)]
    pool.shutdown(wait=False)
    with pytest.raises(RuntimeError):
        pool.submit(len, "abc")
    hold.set()
    pool.shutdown()
    assert all(future.result(0) for future in futures)
    assert wait_for(lambda: alive() == 0)


def test_shutdown_may_cancel_what_waits(pool: Threads) -> None:
    hold = threading.Event()
    futures = [pool.submit(hold.wait, WITHIN) for _ in range(5)]
    wait_for(lambda: sum(future.running() for future in futures) == 3)
    pool.shutdown(wait=False, cancel_futures=True)
    assert [future.cancelled() for future in futures] == [False] * 3 + [True] * 2
    hold.set()
