"""The process of the flag servers: it starts when it is needed and ends with its owner."""

import errno
import json
import os
import subprocess
import sys
import threading
from collections import deque
from pathlib import Path

from flagdl.origin.faults import FaultPlan
from flagdl.system.threads import NoThread, start_thread

ROOT = Path(__file__).resolve().parents[2]  # the directory that `flagdl` is in
READY_WITHIN = 15.0  # seconds
POLL_INTERVAL = 0.1  # seconds


class OriginError(RuntimeError):
    """The flag servers could not be started; the message says what they printed."""


class Cancelled(Exception):
    """The caller's `cancel` was set before the flag servers listened."""


class OriginProcess:
    """The flag servers in a child process; any thread may call.

    Nothing starts before `start()` or `urls()`, and nothing can be started after `close()`.
    """

    def __init__(
        self, plan: FaultPlan | None = None, *, ready_within: float = READY_WITHIN
    ) -> None:
        self._plan = plan or FaultPlan()
        self._ready_within = ready_within
        self._lock = threading.Lock()  # guards the two below
        self._child: _Child | None = None
        self._closed = False

    def start(self) -> None:
        """Start the servers and return without waiting; raises OriginError if they can't start."""
        self._running()

    def urls(self, cancel: threading.Event | None = None) -> dict[str, str]:
        """Wait until the servers listen, and return their base URLs by label.

        Servers that have died are started again, on other ports. Raises OriginError if they don't
        listen within 15 seconds, and Cancelled if `cancel` is set before.
        """
        return self._running().urls(cancel or threading.Event())

    def close(self) -> None:
        """End the servers; returns when they are gone."""
        with self._lock:
            self._closed = True
            child, self._child = self._child, None
            if child:
                child.stop()

    def _running(self) -> "_Child":
        with self._lock:
            if self._closed:
                raise OriginError("the flag servers have been closed")
            if self._child and not self._child.is_usable():
                self._child.stop()
                self._child = None
            if not self._child:
                self._child = _Child(self._plan, self._ready_within)
            return self._child


class _Child:
    """One server process, and the thread that reads its output so that the pipe never fills."""

    def __init__(self, plan: FaultPlan, ready_within: float) -> None:
        self._ready_within = ready_within
        try:
            self._process = subprocess.Popen(
                _command(plan),
                cwd=ROOT,
                env=_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                # Ctrl-C in a terminal reaches the process group; the owner decides what to do.
                start_new_session=True,
            )
        except OSError as exc:
            cause = NoThread() if exc.errno == errno.EAGAIN else exc
            raise OriginError(f"the flag servers could not be started: {cause}") from exc
        self._printed: deque[str] = deque(maxlen=40)
        self._urls: dict[str, str] | None = None
        self._settled = threading.Event()  # they listen, or never will
        self._reader: threading.Thread | None = None
        try:
            self._reader = start_thread(self._read, "origin-reader")
        except NoThread as exc:
            self.stop()
            raise OriginError(f"the flag servers could not be started: {exc}") from exc

    def is_usable(self) -> bool:
        # A process that has failed may exist for another moment.
        failed = self._settled.is_set() and self._urls is None
        return not failed and self._process.poll() is None

    def urls(self, cancel: threading.Event) -> dict[str, str]:
        left = self._ready_within
        while not self._settled.wait(POLL_INTERVAL):
            if cancel.is_set():
                raise Cancelled
            # Counted, not measured: time in which this process stands still must not count.
            left -= POLL_INTERVAL
            if left < 0:
                self._process.kill()
                self._process.wait()
                raise OriginError(
                    f"the flag servers did not listen within {self._ready_within:g} s"
                )
        if self._urls is None:
            raise OriginError("the flag servers did not start:\n" + "".join(self._printed))
        return dict(self._urls)

    def stop(self) -> None:
        """Kill the servers: they have nothing to save. May be called twice."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.kill()
        self._process.stdin.close()
        self._process.wait()
        if self._reader:
            self._reader.join()
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            if self._urls is None and line.startswith(b"{"):
                self._urls = json.loads(line)
                self._settled.set()
            else:
                self._printed.append(line.decode(errors="replace"))
        self._settled.set()


def _command(plan: FaultPlan) -> list[str]:
    return [
        sys.executable, "-m", "flagdl.origin", "--child", "--ports", "0", "0", "0", "--lab-port=0",
        f"--delay={plan.delay}", f"--error-rate={plan.error_rate}", f"--seed={plan.seed}",
    ]  # fmt: skip


def _environment() -> dict[str, str]:
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        # aiohttp reads all root certificates on import, a quarter of the start-up time. These
        # servers never use TLS.
        "SSL_CERT_FILE": os.devnull,
        "SSL_CERT_DIR": os.devnull,
    }
