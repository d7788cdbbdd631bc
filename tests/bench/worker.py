"""A process that downloads on request, so that its start and its imports are not measured.

Called with a contender's name; reads a line of JSON for each run and answers with one.
"""

import json
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

import requests

from flagdl import engine
from flagdl.download.servers import Server
from flagdl.download.store import FlagStore
from flagdl.model.spec import JobSpec
from flagdl.strategies import STRATEGIES
from flagdl.system.descriptors import raise_open_file_limit

Download = Callable[..., object]


def chapter(template: str, codes: Sequence[str], connections: int, directory: Path) -> None:
    """Download as the programs of the chapter do: a bare requests.get for each flag, in a pool."""

    def download_one(cc: str) -> None:
        response = requests.get(template.format(cc=cc.lower()), timeout=30)
        if response.status_code == 200:
            (directory / f"{cc.lower()}.gif").write_bytes(response.content)

    with ThreadPoolExecutor(connections) as executor:
        list(executor.map(download_one, codes))


def flagdl(
    strategy: str, template: str, codes: Sequence[str], connections: int, directory: Path
) -> None:
    """Download with flagdl's engine alone: no history, no watchers."""
    spec = JobSpec(tuple(codes), "BENCH", strategy, connections, attempts=1)
    server = Server(template)
    for _ in engine.run(spec, server, FlagStore(directory), threading.Event()):
        pass


def main(name: str) -> None:
    """Do what standard input says until it ends."""
    raise_open_file_limit()
    download: Download = partial(flagdl, name) if name in STRATEGIES else chapter
    for line in sys.stdin:
        job = json.loads(line)
        directory = Path(job.pop("directory"))
        began, cpu_before = time.monotonic(), _cpu()
        download(**job, directory=directory)
        took = {"wall": time.monotonic() - began, "cpu": _cpu() - cpu_before}
        print(json.dumps(took), flush=True)


def _cpu() -> float:
    usage = getrusage(RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main(sys.argv[1])
