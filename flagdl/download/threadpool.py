"""A thread pool that goes on with fewer threads if the system refuses one."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import Empty, SimpleQueue
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class WorkerThreads(Executor):
    """An executor with as many threads as its calls need and the system gives, up to `max_workers`.

    `concurrent.futures.ThreadPoolExecutor` raises where a thread is refused. This one goes on with
    those that it has, or in the caller's thread if it has none; `on_refused` is told how many there
    are. One thread at a time may call `submit()`; the threads stay until `shutdown()`.
    """

    def __init__(
        self, max_workers: int, on_refused: Callable[[int], object] = lambda _: None
    ) -> None:
        self._max_workers = max_workers
        self._on_refused = on_refused
        self._threads: list[threading.Thread] = []
        self._idle = threading.Semaphore(0)  # one for each thread that waits for a call
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have a function called by the next free thread."""
        future: Future[T] = Future()

        def call() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as exc:  # noqa: BLE001 - the future's owner gets it
                future.set_exception(exc)

        # Queued before a thread starts: a new thread that finds no call counts as idle.
        self._calls.put(call)
        if not self._idle.acquire(blocking=False) and len(self._threads) < self._max_workers:
            self._start_thread()
        if not self._threads:
            self._calls.get()
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
        thread = threading.Thread(target=self._work, name="flagdl-worker", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            self._on_refused(len(self._threads))
        else:
            self._threads.append(thread)

    def _work(self) -> None:
        while call := self._next():
            call()

    def _next(self) -> Callable[[], None] | None:
        try:
            return self._calls.get_nowait()
        except Empty:
            self._idle.release()
            return self._calls.get()
