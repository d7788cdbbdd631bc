"""A thread pool that goes on with fewer threads if the system refuses one."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import SimpleQueue
from typing import ParamSpec, TypeVar

from flagdl.system.threads import NoThread, start_thread

P = ParamSpec("P")
T = TypeVar("T")


class WorkerThreads(Executor):
    """An executor with as many threads as its calls need and the system gives, up to `max_workers`.

    `concurrent.futures.ThreadPoolExecutor` raises if the system refuses a thread. This one goes on
    with the threads that it has, or in the caller's thread if it has none; `on_refused` gets their
    number. One thread at a time may call `submit()`; the threads stay until `shutdown()`.
    """

    def __init__(
        self, max_workers: int, on_refused: Callable[[int], object] = lambda _: None
    ) -> None:
        self._max_workers = max_workers
        self.on_refused = on_refused
        self._threads: list[threading.Thread] = []
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._lock = threading.Lock()  # guards _unfinished
        self._unfinished = 0  # calls that wait or run

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have a function called by the next free thread."""
        future: Future[T] = Future()

        def call() -> None:
            if not future.set_running_or_notify_cancel():
                self._count(-1)
                return
            # Counted before the future is done: its owner may submit the next call at once.
            try:
                result = fn(*args, **kwargs)
            except BaseException as exc:  # noqa: BLE001 - the future's owner gets it
                self._count(-1)
                future.set_exception(exc)
            else:
                self._count(-1)
                future.set_result(result)

        if self._count(1) > len(self._threads) < self._max_workers:
            self._start_thread()
        if self._threads:
            self._calls.put(call)
        else:
            call()
        return future

    def shutdown(self, wait: bool = True, **__: bool) -> None:
        """End the threads once they have done what was submitted."""
        for _ in range(len(self._threads)):
            self._calls.put(None)
        if wait:
            for thread in self._threads:
                thread.join()

    def _start_thread(self) -> None:
        try:
            self._threads.append(start_thread(self._work, "flagdl-worker"))
        except NoThread:
            self.on_refused(len(self._threads))

    def _work(self) -> None:
        while call := self._calls.get():
            call()

    def _count(self, change: int) -> int:
        with self._lock:
            self._unfinished += change
            return self._unfinished
