"""Whether a cluster can do flagdl's work, and what its scheduler must know."""

from typing import Any

from distributed import Client, Scheduler, SchedulerPlugin

from flagdl.cluster.connection import ClusterError
from flagdl.cluster.worker import clock


def check(client: Client) -> None:
    """Raise ClusterError where the cluster can't do flagdl's work."""
    versions = client.get_versions()
    ours = _version(versions["client"])
    processes = {"The scheduler": versions["scheduler"], **versions["workers"]}
    for name, theirs in processes.items():
        if _version(theirs) != ours:
            raise ClusterError(
                f"{name} has distributed {_version(theirs)}, and flagdl has {ours}:"
                " install the same everywhere."
            )
    if not versions["workers"]:
        raise ClusterError("The cluster has no workers: start some.")
    answers = client.run(clock, on_error="return")
    try:
        client.run_on_scheduler(clock)  # it unpacks the calls that it hands on
    except ImportError as exc:
        answers["The scheduler"] = exc
    for name, answer in answers.items():
        if isinstance(answer, Exception):
            raise ClusterError(f"{name} can't run flagdl, start it where flagdl is: {answer}.")


class TakeLosses(SchedulerPlugin):
    """Has the scheduler tell flagdl when a worker dies with a flag, and not run it again itself.

    It does not know how many attempts are left.
    """

    name = "flagdl"
    idempotent = True

    def update_graph(self, scheduler: Scheduler, *, tasks: list[Any], **_: Any) -> None:
        """Let a flag's first loss be its last."""
        for key in tasks:
            if str(key).startswith("fetch_flag-"):
                scheduler.tasks[key].suspicious = scheduler.allowed_failures


def _version(process: dict[str, Any]) -> str:
    return str(process["packages"]["distributed"])
