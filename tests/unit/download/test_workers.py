"""Slots on an event loop, when a job ends before its downloads."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from flagdl.download.transport import CurlAdapter
from flagdl.download.workers import Slots


def test_downloads_that_are_under_way_after_a_bug_in_one_are_cancelled() -> None:
    async def download_one(*_: object) -> None:
        await asyncio.Event().wait()

    downloader: Any = SimpleNamespace(download_one=download_one)

    async def job() -> None:
        async with Slots(downloader, lambda: CurlAdapter(max_bytes=1), 1) as slots:
            downloads.append(asyncio.create_task(slots.download_one("BR")))
            await asyncio.sleep(0)
            raise ZeroDivisionError

    async def run() -> None:
        with pytest.raises(ZeroDivisionError):
            await job()
        assert downloads[0].cancelling()

    downloads: list[asyncio.Task[Any]] = []
    asyncio.run(run())
