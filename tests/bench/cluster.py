"""What a cluster on this machine costs: `python -m tests.bench.cluster`, six minutes.

676 flags of LAB by threads, and by a cluster of three processes with as many connections.
"""

import os
import tempfile
import threading
from contextlib import closing
from pathlib import Path
from statistics import median

from flagdl import engine
from flagdl.cluster.connection import THREADS, Cluster
from flagdl.download.servers import Servers
from flagdl.download.store import FlagStore
from flagdl.model.events import JobFinished, JobState
from flagdl.model.spec import EXECUTORS, parse_spec

PROCESSES, ROUNDS = 3, 3
CONNECTIONS = PROCESSES * THREADS
DELAYS = (0, 0.05, 0.2, 0.5, 1, 2)


def run(servers: Servers, cluster: Cluster, store: FlagStore, delay: float, executor: str) -> float:
    """Do the job once; return its seconds."""
    options = {"select": "every", "server": "LAB", "delay": delay, "spread": 0, "errors": 0}
    spec = parse_spec({**options, "max_req": CONNECTIONS, "executor": executor}, servers)
    server = servers.resolve(spec.server, spec.lab)
    *_, end = engine.run(spec, server, store, threading.Event(), cluster=cluster)
    assert isinstance(end, JobFinished)
    assert end.state is JobState.FINISHED, end.detail
    return end.elapsed


def main() -> None:
    print(f"676 flags, {CONNECTIONS} connections; seconds, and milliseconds of this process a flag")
    print("delay  floor  " + "  ".join(f"{name:>7} {'ms':>5}" for name in EXECUTORS))
    with (
        tempfile.TemporaryDirectory() as directory,
        closing(Servers()) as servers,
        closing(Cluster(f"local:{PROCESSES}")) as cluster,
    ):
        store = FlagStore(Path(directory))
        run(servers, cluster, store, 0, "cluster")
        for delay in DELAYS:
            cells = []
            for executor in EXECUTORS:
                before = sum(os.times()[:2])
                took = [run(servers, cluster, store, delay, executor) for _ in range(ROUNDS)]
                cost = (sum(os.times()[:2]) - before) / ROUNDS / 676 * 1000
                cells.append(f"{median(took):7.2f} {cost:5.1f}")
            print(
                f"{delay:5.2f}  {676 * delay / CONNECTIONS:5.2f}  " + "  ".join(cells), flush=True
            )


if __name__ == "__main__":
    main()
