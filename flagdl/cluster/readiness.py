"""Whether a cluster can do flagdl's work, and what its scheduler must know."""

import asyncio
from typing import Any

from distributed import Client, Scheduler, SchedulerPlugin, Security, rpc

from flagdl.cluster.connection import CONNECT_WITHIN, VERSION, ClusterError
from flagdl.cluster.worker import clock


def check_scheduler(address: str) -> None:
    """Raise ClusterError where the scheduler is of another version: a client would wait in vain."""
    tls = Security().get_connection_args("client")  # as Dask's own settings say
    if address.startswith("tls:") and not tls["ssl_context"]:
        raise ClusterError(
            f"{address} (FLAGDL_CLUSTER) needs certificates, and Dask's settings name none:"
            " see distributed.dask.org/en/stable/tls.html"
        )

    async def ask() -> dict[str, Any]:
        async with rpc(address, connection_args=tls, timeout=CONNECT_WITHIN) as scheduler:
            versions: dict[str, Any] = await scheduler.versions()
        return versions

    _check_version("The scheduler", asyncio.run(ask()))


def check(client: Client) -> None:
    """Raise ClusterError where the cluster can't do flagdl's work."""
    versions = client.get_versions()
    for name, process in {"The scheduler": versions["scheduler"], **versions["workers"]}.items():
        _check_version(name, process)
    if not versions["workers"]:
        raise ClusterError("The cluster has no workers: start some.")
    answers = client.run(clock, on_error="return")
    try:
        client.run_on_scheduler(clock)  # the scheduler unpacks the calls, so it needs flagdl
    except ImportError as exc:
        answers["The scheduler"] = exc
    for name, answer in answers.items():
        if isinstance(answer, Exception):
            raise ClusterError(f"{name} can't run flagdl, start it where flagdl is: {answer}.")


class TakeLosses(SchedulerPlugin):
    """Has the scheduler report a flag whose worker died, and not run the flag again itself.

    The scheduler does not know how many attempts are left.
    """

    name = "flagdl"
    idempotent = True

    def update_graph(self, scheduler: Scheduler, *, tasks: list[Any], **_: Any) -> None:
        """Make the scheduler give up each flag at its first loss."""
        for key in tasks:
            if str(key).startswith("fetch_flag-"):
                scheduler.tasks[key].suspicious = scheduler.allowed_failures


def _check_version(name: str, process: dict[str, Any]) -> None:
    theirs = process["packages"]["distributed"]
    if theirs != VERSION:
        raise ClusterError(
            f"{name} has distributed {theirs}, and flagdl needs {VERSION}:"
            " install the same everywhere."
        )
