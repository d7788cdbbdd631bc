"""The way to a cluster: connected when the first job needs it, and checked.

Beside the modules that only a connection imports, the only one that knows whether there is
`distributed`: it is imported late.
"""

import logging
import threading
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

from flagdl.download.downloader import Limits, Store
from flagdl.download.servers import Server
from flagdl.download.threadpool import WorkerThreads
from flagdl.model.spec import JobSpec

if TYPE_CHECKING:
    from distributed import Client, LocalCluster

    from flagdl.cluster.fleet import Fleet, Reporter

VERSION = "2026.8.0"  # as in pyproject.toml
LOCAL = "local:"
# For each process on this machine: they wait more than they compute.
THREADS = 16
CONNECT_WITHIN = 9.0  # seconds
START_WITHIN = 60.0  # seconds, for the processes of this machine

Hear = Callable[..., object]


class ClusterError(Exception):
    """The cluster can't be used; the message says why, and what to do."""


class Connection:
    """A connection to a cluster's scheduler; any thread may use it."""

    def __init__(self, client: "Client") -> None:
        self._client = client
        self.topic = f"flagdl-{client.id}"
        self._listeners: dict[str, Hear] = {}
        client.subscribe_topic(self.topic, self._dispatch)

    @property
    def is_open(self) -> bool:
        """Whether the scheduler is there, as far as it is known."""
        return bool(self._client.status == "running")

    def executor(self) -> Executor:
        """Return the cluster as an executor."""
        executor: Executor = self._client.get_executor(pure=False)
        return executor

    def run(
        self, function: Callable[..., Any], *args: object, workers: Sequence[str] | None = None
    ) -> dict[str, Any]:
        """Call a function in every process, or in some; return the answers by address."""
        answers: dict[str, Any] = self._client.run(
            function, *args, workers=workers, on_error="ignore"
        )
        return answers

    def has_workers(self) -> bool:
        """Whether there is a worker."""
        return bool(self._client.scheduler_info(n_workers=0)["total_threads"])

    def listen(self, job: str, hear: Hear) -> None:
        """Have a function called with what workers tell of a job (the client's thread)."""
        self._listeners[job] = hear

    def forget(self, job: str) -> None:
        """Listen no more; may be called twice."""
        self._listeners.pop(job, None)

    def _dispatch(self, event: tuple[float, tuple[Any, ...]]) -> None:
        _, (job, *news) = event
        if hear := self._listeners.get(job):
            hear(*news)


class Cluster:
    """A cluster by its address, `tcp://scheduler:8786`, or so many processes here, `local:4`.

    Owns the connection and those processes; safe from any thread. `_lock` guards all of it.
    """

    def __init__(self, address: str = "") -> None:
        self._address = address
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._owned: list[Client | LocalCluster] = []  # in the order in which they end

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def connect(self) -> Connection:
        """Return the connection, which is made now if there is none; raises ClusterError."""
        with self._lock:
            if self._connection is None or not self._connection.is_open:
                self._close()
                self._connection = self._connect()
            return self._connection

    def fleet(
        self,
        spec: JobSpec,
        server: Server,
        limits: Limits,
        store: Store,
        reporter: "Reporter",
        cancel: threading.Event,
        clock: Callable[[], float],
    ) -> "Fleet":
        """Return the workers for a job; raises ClusterError."""
        connection = self.connect()
        from flagdl.cluster.fleet import Fleet
        from flagdl.cluster.worker import Order

        order = Order(uuid4().hex, connection.topic, server, spec.attempts, limits)
        return Fleet(connection, order, spec.concurrency, store, reporter, cancel, clock)

    def close(self) -> None:
        """End the connection, and the processes of this machine; may be called twice."""
        with self._lock:
            self._close()

    def _connect(self) -> Connection:
        if not self._address:
            raise ClusterError("There is no cluster: FLAGDL_CLUSTER is not set.")
        _import_distributed()
        try:
            if self._address.startswith(LOCAL):
                return _within(START_WITHIN, self._start_here)
            return _within(CONNECT_WITHIN, self._reach)
        except TimeoutError as exc:
            raise ClusterError(f"No cluster answers at {self._address} (FLAGDL_CLUSTER).") from exc

    def _start_here(self) -> Connection:
        from distributed import LocalCluster

        cluster = LocalCluster(
            n_workers=int(self._address.removeprefix(LOCAL)),
            threads_per_worker=THREADS,
            processes=True,
            dashboard_address=None,
            worker_dashboard_address=None,
            silence_logs=logging.CRITICAL,
        )
        self._owned.append(cluster)
        return self._reach(cluster.scheduler_address)

    def _reach(self, address: str = "") -> Connection:
        from distributed import Client

        try:
            client = Client(address or self._address, timeout=CONNECT_WITHIN, set_as_default=False)
        except OSError as exc:  # also where it takes too long
            raise TimeoutError from exc
        self._owned.insert(0, client)
        _check(client)
        _take_losses(client)
        return Connection(client)

    def _close(self) -> None:
        assert self._lock.locked()
        self._connection = None
        while self._owned:
            with suppress(Exception):  # what has gone needs no end
                self._owned.pop(0).close()


def _import_distributed() -> None:
    try:
        import distributed
    except ImportError as exc:
        raise ClusterError(
            f"A cluster needs distributed: python -m pip install distributed=={VERSION}"
        ) from exc
    # flagdl says itself what is wrong.
    logging.getLogger("distributed").handlers[:] = [logging.NullHandler()]
    warnings.filterwarnings("ignore", category=distributed.versions.VersionMismatchWarning)


def _within(seconds: float, connect: Callable[[], Connection]) -> Connection:
    """Return the connection; raises TimeoutError where it takes longer."""
    threads = WorkerThreads(1)
    connecting = threads.submit(connect)
    threads.shutdown(wait=False)
    return connecting.result(seconds)


def _check(client: "Client") -> None:
    """Raise ClusterError where the cluster can't do flagdl's work."""
    from flagdl.cluster.worker import clock

    versions = client.get_versions()
    ours = versions["client"]["packages"]["distributed"]
    for who, there in {"its scheduler": versions["scheduler"], **versions["workers"]}.items():
        theirs = there["packages"]["distributed"]
        if theirs != ours:
            raise ClusterError(
                f"The cluster has another version of distributed: {theirs} ({who}); flagdl has {ours}."
            )
    if not versions["workers"]:
        raise ClusterError("The cluster has no workers: start some.")
    for address, answer in client.run(clock, on_error="return").items():
        if isinstance(answer, Exception):
            raise ClusterError(f"The worker {address} can't run flagdl: {answer}.")


def _take_losses(client: "Client") -> None:
    """Have the scheduler tell flagdl when a worker dies with a flag, and not run it again itself.

    It would not know how many attempts are left. A class in here is sent whole: the scheduler needs
    no flagdl.
    """
    from distributed import Scheduler, SchedulerPlugin

    class TakeLosses(SchedulerPlugin):
        name = "flagdl"

        def update_graph(self, scheduler: Scheduler, *, tasks: list[Any], **_: Any) -> None:
            for key in tasks:
                if str(key).startswith("fetch_flag-"):
                    scheduler.tasks[key].suspicious = scheduler.allowed_failures

    client.register_plugin(TakeLosses())
