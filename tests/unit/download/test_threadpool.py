"""The executor that also works when the system refuses it threads."""

import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import as_completed
from pathlib import Path
from typing import Any

import pytest

from flagdl.download.threadpool import WorkerThreads
from tests.support.hostile import HostileServer, answer, answering
from tests.support.running import ROOT, WITHIN


@pytest.fixture
def refused() -> list[int]:
    return []


@pytest.fixture
def allow(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let the system give this many threads and no more."""

    def allow(number: int) -> None:
        left = [None] * number
        start = threading.Thread.start

        def refusing(thread: threading.Thread) -> None:
            if not left:
                raise RuntimeError("can't start new thread")
            left.pop()
            start(thread)

        monkeypatch.setattr(threading.Thread, "start", refusing)

    return allow


def test_calls_run_at_the_same_time_in_as_many_threads_as_asked_for(refused: list[int]) -> None:
    barrier = threading.Barrier(4, timeout=WITHIN)
    with WorkerThreads(4, refused.append) as executor:
        futures = [executor.submit(barrier.wait) for _ in range(8)]
        assert sorted(future.result(WITHIN) for future in futures) == [0, 0, 1, 1, 2, 2, 3, 3]
    assert refused == []


@pytest.mark.parametrize("given", [0, 1, 3])
def test_with_fewer_threads_everything_is_done_all_the_same(
    given: int, refused: list[int], allow: Callable[[int], None]
) -> None:
    allow(given)
    threads: set[int] = set()

    def call(number: int) -> int:
        threads.add(threading.get_ident())
        return number * number

    with WorkerThreads(8, refused.append) as executor:
        assert list(executor.map(call, range(20))) == [number**2 for number in range(20)]
    assert set(refused) == {given}
    assert 1 <= len(threads) <= max(given, 1)


def test_there_are_as_many_threads_as_calls_at_the_same_time(refused: list[int]) -> None:
    with WorkerThreads(100, refused.append) as executor:
        for _ in range(200):
            assert executor.submit(abs, -1).result(WITHIN) == 1
        assert len(executor._threads) == 1
        barrier = threading.Barrier(3, timeout=WITHIN)
        for _ in range(50):
            together = [executor.submit(barrier.wait) for _ in range(3)]
            assert sorted(future.result(WITHIN) for future in together) == [0, 1, 2]
        assert len(executor._threads) == 3


def test_a_thread_that_was_refused_is_asked_for_again(
    refused: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go = threading.Event()
    with WorkerThreads(2, refused.append) as executor:
        first = executor.submit(let_go.wait, WITHIN)
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", no_thread)
            waiting = executor.submit(threading.get_ident)
        assert refused == [1]
        second = executor.submit(threading.get_ident)
        assert waiting.result(WITHIN) == second.result(WITHIN)
        let_go.set()
        assert first.result(WITHIN)


def no_thread(_: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


def test_an_exception_is_the_futures(refused: list[int]) -> None:
    with WorkerThreads(2, refused.append) as executor:
        future = executor.submit(int, "x")
        assert next(as_completed([future], WITHIN)) is future
    with pytest.raises(ValueError, match="invalid literal"):
        future.result()


def test_what_was_cancelled_is_not_called(refused: list[int]) -> None:
    let_go = threading.Event()
    called: list[Any] = []
    with WorkerThreads(1, refused.append) as executor:
        executor.submit(let_go.wait, WITHIN)
        waiting = executor.submit(called.append, 1)
        assert waiting.cancel()
        let_go.set()
    assert called == []


def test_shutdown_waits_for_what_was_submitted_and_its_threads(refused: list[int]) -> None:
    before = set(threading.enumerate())
    with WorkerThreads(3, refused.append) as executor:
        futures = [executor.submit(str, number) for number in range(50)]
    assert [future.result(0) for future in futures] == [str(number) for number in range(50)]
    assert set(threading.enumerate()) <= before


# Each thread's stack takes 256 MiB of address space, and there is room for only a few.
FEW_THREADS = """
import resource, sys, threading
from flagdl.terminal import cli
import flagdl.engine, tqdm, sqlite3
threading.stack_size(256 << 20)
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (2 << 30),) * 2)
sys.exit(cli.main(sys.argv[1:]))
"""


def test_a_job_goes_on_with_the_threads_that_the_system_gives(tmp_path: Path) -> None:
    with HostileServer(answering(lambda _: answer())) as hostile:
        (tmp_path / "servers").write_text(f'[servers]\nMINE = "{hostile.server.template}"\n')
        done = subprocess.run(
            [sys.executable, "-c", FEW_THREADS, "b", "c", "-s", "MINE"],
            cwd=ROOT,
            env={
                "FLAGDL_SERVERS": str(tmp_path / "servers"),
                "FLAGDL_DOWNLOADS": str(tmp_path / "d"),
                "FLAGDL_HISTORY": str(tmp_path / "h" / "history.sqlite3"),
            },
            capture_output=True,
            text=True,
            timeout=WITHIN,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert "52 flags downloaded." in done.stdout
    assert "of 30 threads." in done.stderr
