"""How long an event is under way from a job to each of its watchers."""

import asyncio
import json
import time

from websockets.asyncio.client import connect

from tests.bench.cells import Cell
from tests.running import RunningDashboard

WATCHERS = 100


def slowest_of_a_hundred(dashboard: RunningDashboard, cell: Cell) -> float:
    """Return the 99th percentile, in seconds, of all events to all watchers.

    The dashboard's jobs must date their events by `time.monotonic()`.
    """
    # One job before it keeps the other waiting until every watcher is there.
    holding = dashboard.submit(codes=cell.codes, server="BENCH", max_req=1)
    watched = dashboard.submit(codes=cell.codes, server="BENCH", max_req=cell.connections)
    return asyncio.run(_watch(dashboard, holding, watched))


async def _watch(dashboard: RunningDashboard, holding: str, watched: str) -> float:
    url = f"{dashboard.url.replace('http', 'ws', 1)}/ws/jobs/{watched}"
    ready = asyncio.Semaphore(0)
    tasks = [asyncio.create_task(_receive(url, ready)) for _ in range(WATCHERS)]
    for _ in tasks:
        await ready.acquire()
    await asyncio.to_thread(dashboard.post, f"/api/jobs/{holding}/cancel")
    delays = sorted([delay for received in await asyncio.gather(*tasks) for delay in received])
    return delays[int(len(delays) * 0.99)]


async def _receive(url: str, ready: asyncio.Semaphore) -> list[float]:
    async with connect(url, proxy=None, compression=None, open_timeout=30) as socket:
        await socket.recv()  # the snapshot
        ready.release()
        received = [(time.monotonic(), message) async for message in socket]
    return [
        moment - event["t"]
        for moment, message in received
        for event in json.loads(message)["events"]
    ]
