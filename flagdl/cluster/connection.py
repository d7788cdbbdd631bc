"""The connection to a cluster: made when the first job needs it, and checked.

`distributed` may not be installed. So this module imports it late, and also the modules that
need it.
"""

import logging
import threading
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from flagdl.download.threadpool import WorkerThreads

if TYPE_CHECKING:
    from distributed import Client, LocalCluster

VERSION = "2026.8.0"  # as in pyproject.toml
LOCAL, LOOPBACK = "local:", "127.0.0.1"
# For each process on this machine: the threads wait more than they compute.
THREADS = 16
# A terminal's Ctrl-C goes to all processes; flagdl itself ends those of the cluster.
WITHOUT_CTRL_C = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"
TICK = 0.1
CONNECT_WITHIN = 8.0  # seconds
START_WITHIN = 60.0  # seconds, for the processes of this machine
CLOSE_WITHIN = 1.0  # seconds: Ctrl-C ends a terminal within two

LOST = "The connection to the cluster's scheduler is lost."

T = TypeVar("T")
Hear = Callable[..., object]


class ClusterError(Exception):
    """The cluster can't be used; the message says why, and what to do."""


class Connection:
    """A connection to a cluster's scheduler; any thread may use it."""

    def __init__(self, client: "Client") -> None:
        self._client = client
        self.topic = f"flagdl-{client.id}"
        self._listeners: dict[str, Hear] = {}

    @property
    def is_open(self) -> bool:
        """Whether the scheduler is connected, as far as the client knows."""
        return bool(self._client.status == "running")

    @property
    def has_jobs(self) -> bool:
        """Whether a job is running on it."""
        return bool(self._listeners)

    def prepare(self) -> None:
        """Make sure that the cluster can do a job; raises ClusterError.

        Called for each job: since the last one, the scheduler may have been started again.
        """
        from flagdl.cluster.readiness import TakeLosses, check

        check(self._client)
        self._client.register_plugin(TakeLosses())
        self._client.subscribe_topic(self.topic, self._dispatch)

    def executor(self) -> Executor:
        """Return the cluster as an executor."""
        executor: Executor = self._client.get_executor(pure=False)
        return executor

    def run(
        self, function: Callable[..., Any], *args: object, workers: Sequence[str] | None = None
    ) -> dict[str, Any]:
        """Call a function in every process, or in some; return the answers by address.

        Raises ClusterError where the scheduler has gone.
        """
        try:
            answers: dict[str, Any] = self._client.run(
                function, *args, workers=workers, on_error="ignore"
            )
        except (OSError, RuntimeError) as exc:
            raise ClusterError(LOST) from exc
        return answers

    def has_workers(self) -> bool:
        """Whether there is a worker."""
        return bool(self._client.scheduler_info(n_workers=0)["total_threads"])

    def listen(self, job: str, hear: Hear) -> None:
        """Call `hear` with each report of the workers about a job (the client's thread)."""
        self._listeners[job] = hear

    def forget(self, job: str) -> None:
        """Stop listening to a job; may be called twice."""
        self._listeners.pop(job, None)

    def _dispatch(self, event: tuple[float, tuple[Any, ...]]) -> None:
        _, (job, *news) = event
        if hear := self._listeners.get(job):
            hear(*news)


class Cluster:
    """A cluster at an address, `tcp://scheduler:8786`, or this many processes here, `local:4`.

    Owns the connection and the processes here; safe from any thread. `_lock` guards all of it.
    """

    def __init__(self, address: str = "") -> None:
        self._address = address
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._owned: list[Client | LocalCluster] = []  # in the order in which they are closed

    def __bool__(self) -> bool:
        """Whether there is a cluster: FLAGDL_CLUSTER is set."""
        return bool(self._address)

    def connect(self, cancel: threading.Event) -> Connection | None:
        """Return the connection, ready for a job; None if the job is cancelled first.

        The first job waits until the cluster is reached. Raises ClusterError.
        """
        connecting = _begin(self._ready)
        while not cancel.is_set():
            with suppress(TimeoutError):
                return connecting.result(TICK)
        return None

    def _ready(self) -> Connection:
        with self._lock:
            try:
                if self._connection is None or not self._connection.is_open:
                    self._close()
                    self._connection = self._connect()
                _within(CONNECT_WITHIN, self._connection.prepare)
            except BaseException as exc:
                self._close_if_useless()
                if isinstance(exc, OSError):  # TimeoutError is one, too
                    raise ClusterError(
                        f"The cluster at {self._address} (FLAGDL_CLUSTER) does not answer: its"
                        " scheduler, or one of its workers, can't be reached."
                    ) from exc
                raise
            return self._connection

    def close(self) -> None:
        """End the connection, and the processes of this machine; may be called twice.

        Gives up while the cluster is still being reached: that may take long. The program ends
        now, and then the processes of this machine end, too.
        """
        if self._lock.acquire(timeout=CLOSE_WITHIN):
            try:
                self._close()
            finally:
                self._lock.release()

    def _connect(self) -> Connection:
        if not self:
            raise ClusterError("There is no cluster: FLAGDL_CLUSTER is not set.")
        _import_distributed()
        if self._address.startswith(LOCAL):
            return _within(START_WITHIN, self._start_here)
        return _within(CONNECT_WITHIN, lambda: self._reach(self._address))

    def _start_here(self) -> Connection:
        from distributed import LocalCluster

        cluster = LocalCluster(
            n_workers=int(self._address.removeprefix(LOCAL)),
            threads_per_worker=THREADS,
            processes=True,
            # Dask's own pages: only this machine can open them.
            dashboard_address=f"{LOOPBACK}:0",
            worker_dashboard_address=f"{LOOPBACK}:0",
            silence_logs=logging.CRITICAL,
            preload=[WITHOUT_CTRL_C],
        )
        self._owned.append(cluster)
        return self._reach(cluster.scheduler_address)

    def _reach(self, address: str) -> Connection:
        from distributed import Client

        from flagdl.cluster.readiness import check_scheduler

        check_scheduler(address)
        client = Client(address, timeout=CONNECT_WITHIN, set_as_default=False)
        self._owned.insert(0, client)
        return Connection(client)

    def _close_if_useless(self) -> None:
        """Close what failed a job that wanted to begin, but don't end the jobs that still run."""
        connection = self._connection
        if not (connection and connection.is_open and connection.has_jobs):
            self._close()

    def _close(self) -> None:
        assert self._lock.locked()
        self._connection = None
        while self._owned:
            with suppress(Exception):  # it may have gone already
                self._owned.pop(0).close()


def _import_distributed() -> None:
    try:
        import distributed
    except ImportError as exc:
        raise ClusterError(
            f"A cluster needs distributed: python -m pip install distributed=={VERSION}"
        ) from exc
    # flagdl reports the errors itself, so distributed must not log them.
    for name in [*logging.root.manager.loggerDict]:
        if name.startswith("distributed"):
            logging.getLogger(name).handlers[:] = [logging.NullHandler()]
    warnings.filterwarnings("ignore", category=distributed.versions.VersionMismatchWarning)


def _within(seconds: float, function: Callable[[], T]) -> T:
    """Call a function; raises TimeoutError where it takes longer."""
    return _begin(function).result(seconds)


def _begin(function: Callable[[], T]) -> "Future[T]":
    """Call a function in a new thread; returns the future of its result."""
    threads = WorkerThreads(1)
    called = threads.submit(function)
    threads.shutdown(wait=False)
    return called
