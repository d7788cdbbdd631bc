"""Who does the downloads: threads of an executor, or slots on an event loop."""

import asyncio
import heapq
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self, TypeVar

from requests import PreparedRequest, Response

from flagdl.download.downloader import NOTHING, Downloader, Spent, Worker
from flagdl.download.threadpool import WorkerThreads
from flagdl.download.transport import CurlAdapter, Multi, Timeout
from flagdl.model.events import FlagResult

T = TypeVar("T")
NewAdapter = Callable[[], CurlAdapter]

SAVERS = 2  # threads that check and save for an event loop: a flag takes them a millisecond


class _ThreadWorker(Worker):
    """A thread as a worker: every wait blocks it."""

    def __init__(self, number: int, adapter: CurlAdapter, cancel: threading.Event) -> None:
        super().__init__(number, adapter)
        self._cancel = cancel

    async def ask(self, request: PreparedRequest, within: Timeout) -> Response:
        return self.adapter.send(request, timeout=within)

    async def pause(self, seconds: float) -> None:
        self._cancel.wait(seconds)

    async def call(self, function: Callable[..., T], *args: object) -> T:
        return function(*args)


class Threads:
    """download_one() for threads, with one connection per thread, until `close()`."""

    def __init__(self, downloader: Downloader, new_adapter: NewAdapter) -> None:
        self._downloader = downloader
        self._new_adapter = new_adapter
        self._lock = threading.Lock()  # guards _workers
        self._workers: list[_ThreadWorker] = []
        self._mine = threading.local()

    def close(self) -> None:
        """Close the connections; no thread may be at work any more."""
        for worker in self._workers:
            worker.adapter.close()

    def download_one(self, cc: str, spent: Spent = NOTHING) -> FlagResult:
        """Download the flag of `cc` in the calling thread.

        A thread's worker blocks and never suspends, so one `send()` runs the steps to their end.
        """
        steps = self._downloader.download_one(cc, self._worker(), spent)
        try:
            steps.send(None)
        except StopIteration as end:
            result: FlagResult = end.value
            return result
        raise RuntimeError("a thread has waited for an event loop")

    def _worker(self) -> _ThreadWorker:
        """Return this thread's worker; workers are numbered in the order in which threads come."""
        worker: _ThreadWorker | None = getattr(self._mine, "worker", None)
        if worker is None:
            adapter = self._new_adapter()
            with self._lock:
                worker = _ThreadWorker(len(self._workers), adapter, self._downloader.cancel)
                self._workers.append(worker)
            self._mine.worker = worker
        return worker


class _Slot(Worker):
    """A slot on an event loop as a worker: no wait blocks the loop."""

    def __init__(self, number: int, adapter: CurlAdapter, slots: "Slots") -> None:
        super().__init__(number, adapter)
        self._slots = slots

    async def ask(self, request: PreparedRequest, within: Timeout) -> Response:
        return await self.adapter.send_in_loop(self._slots.multi, request, within)

    async def pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._slots.stopped.wait(), seconds)

    async def call(self, function: Callable[..., T], *args: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._slots.savers, function, *args)


class Slots:
    """download_one() for tasks on one event loop; an asynchronous context manager.

    A download takes the first free slot and frees it at its end. Each slot has a
    connection of its own.
    """

    def __init__(self, downloader: Downloader, new_adapter: NewAdapter, count: int) -> None:
        self._downloader = downloader
        self._new_adapter = new_adapter
        self._free = list(range(count))  # a heap
        self._slots: dict[int, _Slot] = {}
        self.stopped = asyncio.Event()
        self.savers = WorkerThreads(SAVERS)

    async def __aenter__(self) -> Self:
        self.multi = Multi()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        # After a bug in one download, others are still under way.
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await self.multi.aclose()
        for slot in self._slots.values():
            slot.adapter.close()
        self.savers.shutdown(wait=False)

    def abort(self) -> None:
        """End every wait of the downloads (the loop's thread); may be called again."""
        self.stopped.set()
        for transfer in self.multi.futures():
            transfer.cancel()

    async def download_one(self, cc: str) -> FlagResult:
        """Download the flag of `cc` in the first free slot; at most `count` calls at once."""
        number = heapq.heappop(self._free)
        try:
            return await self._downloader.download_one(cc, self._slot(number))
        finally:
            heapq.heappush(self._free, number)

    def _slot(self, number: int) -> _Slot:
        if number not in self._slots:
            self._slots[number] = _Slot(number, self._new_adapter(), self)
        return self._slots[number]
