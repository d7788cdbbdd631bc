"""A cluster in this process: its worker's threads do what those of another process would do."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from distributed import LocalCluster

from flagdl.cluster.connection import THREADS


@contextmanager
def cluster_here(host: str = "tcp://127.0.0.1", **options: Any) -> Iterator[str]:
    """Run one worker and its scheduler, and give the scheduler's address."""
    with LocalCluster(
        n_workers=1,
        threads_per_worker=THREADS,
        processes=False,
        dashboard_address="127.0.0.1:0",
        host=host,
        **options,
    ) as running:
        yield running.scheduler_address
