"""The server's threads: as many as are needed at the moment, and not as were needed once."""

import threading
from collections import deque
from collections.abc import Callable
from concurrent import futures
from contextlib import suppress
from typing import Any

IDLE = 2.0  # seconds without work after which a thread leaves


class Threads(futures.Executor):
    """A pool of at most `most` threads, each of which leaves when it has long had nothing to do.

    `ThreadPoolExecutor` keeps every thread for ever: a hundred watchers would leave a hundred
    threads behind. Safe from any thread.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._changed = threading.Condition()  # guards all below
        self._waiting: deque[tuple[futures.Future[Any], Callable[[], Any]]] = deque()
        self._threads = 0
        self._idle = 0
        self._ended = False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> futures.Future[Any]:
        """Have `fn` called by a thread of the pool; raises RuntimeError after shutdown()."""
        future: futures.Future[Any] = futures.Future()
        with self._changed:
            if self._ended:
                raise RuntimeError("the pool is shut down")
            self._waiting.append((future, lambda: fn(*args, **kwargs)))
            if len(self._waiting) > self._idle and self._threads < self._most:
                # Where the system has none left, the work waits for one that there is, or will be.
                with suppress(RuntimeError):
                    threading.Thread(target=self._work, name="flagdl-server").start()
                    self._threads += 1
            self._changed.notify()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more work; the threads leave when what waits is done, or is cancelled."""
        with self._changed:
            self._ended = True
            if cancel_futures:
                for future, _ in self._waiting:
                    future.cancel()
            self._changed.notify_all()
            if wait:
                self._changed.wait_for(lambda: not self._threads)

    def _work(self) -> None:
        while work := self._next():
            future, call = work
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(call())
                except BaseException as exc:  # noqa: BLE001 - the future's owner sees it
                    future.set_exception(exc)

    def _next(self) -> tuple[futures.Future[Any], Callable[[], Any]] | None:
        """Return the next work, or None where this thread is to leave."""
        with self._changed:
            self._idle += 1
            self._changed.wait_for(lambda: self._waiting or self._ended, timeout=IDLE)
            self._idle -= 1
            if self._waiting:
                return self._waiting.popleft()
            self._threads -= 1
            self._changed.notify_all()
            return None
