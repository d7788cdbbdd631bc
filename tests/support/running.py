"""A dashboard as users have it: `app.py` in a process of its own, on a free port."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self, TypeVar

import requests
from websockets.sync.client import ClientConnection, connect

ROOT = Path(__file__).resolve().parents[2]
WITHIN = 40.0  # seconds: what should happen at once may take so long on a busy machine
T = TypeVar("T")
# app.py, but flag servers start only when a job needs them: for tests with their own servers.
BARE = """
import gc, sys
gc.disable()
import app
gc.enable()
app.Servers.warm_up = lambda _: None
sys.exit(app.main())
"""
# A job with three outcomes: one flag is saved, one code has no country, the others fail.
SOME_FAIL: dict[str, Any] = {
    "codes": ["BR", "CN", "FR", "IN", "QQ"], "attempts": 1,
    "server": "LAB", "delay": 0, "errors": 0.5, "seed": 2,
}  # fmt: skip
GIF = (ROOT / "flagdl/origin/flags/fr.gif").read_bytes()


def wait_for(condition: Callable[[], T | None]) -> T:
    """Return the first truthy answer of a condition; fails when that takes too long."""
    deadline = time.monotonic() + WITHIN
    pause = 0.02
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"still not: {condition}"
        threading.Event().wait(pause)
        pause = min(pause * 1.5, 0.1)  # each check slows what is waited for
    return answer


class RunningDashboard:
    """Starts `app.py` with everything it writes below `directory`; a context manager.

    It can be stopped and started again on the same directory, as an operator would.
    """

    def __init__(
        self,
        directory: Path,
        *,
        program: str = "",
        new_session: bool = False,
        **settings: Any,
    ) -> None:
        self.directory = directory
        self.downloads = directory / "downloads"
        self.history = directory / "instance" / "history.sqlite3"
        self.url = ""
        self.idle_at = 0  # no job up to this one runs or waits
        self.environment = {
            **{name: value for name, value in os.environ.items() if "FLAGDL_" not in name},
            "FLAGDL_PORT": "0",
            "FLAGDL_CHANGES_A_MINUTE": "100000",
            "FLAGDL_TIMEOUT": "600",  # a flag that a test holds back is not given up
            "FLAGDL_DOWNLOADS": str(self.downloads),
            "FLAGDL_HISTORY": str(self.history),
            **{f"FLAGDL_{name.upper()}": str(value) for name, value in settings.items()},
        }
        # A program of the test's own runs in place of app.py.
        self._command = [sys.executable, "-c", program] if program else [sys.executable, "app.py"]
        self._new_session = new_session
        self.process: subprocess.Popen[str] | None = None
        self.log: list[str] = []

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it and wait for the line that says where it is."""
        self.process = subprocess.Popen(
            self._command,
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=self._new_session,
        )
        assert self.process.stdout
        for line in self.process.stdout:
            self.log.append(line)
            if match := re.fullmatch(r"flagdl is running at (http://\S+)\n", line):
                self.url = match[1]
                break
        else:
            raise AssertionError("it did not start:\n" + "".join(self.log))
        self._reader = threading.Thread(target=self._read, args=[self.process.stdout])
        self._reader.start()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; returns the exit status."""
        assert self.process
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(WITHIN)
        finally:
            self.process.kill()
            self._reader.join(WITHIN)

    def get(self, path: str, **options: Any) -> requests.Response:
        """GET a path."""
        return requests.get(self.url + path, timeout=WITHIN, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> requests.Response:
        """POST JSON, or nothing, to a path."""
        return requests.post(self.url + path, json=body, timeout=WITHIN, **options)

    def delete(self, path: str) -> requests.Response:
        """DELETE a path."""
        return requests.delete(self.url + path, timeout=WITHIN)

    def submit(self, **options: object) -> str:
        """Post a job and return its id."""
        response = self.post("/api/jobs", options)
        assert response.status_code == 201, response.text
        return str(response.json()["id"])

    def job(self, job_id: str) -> dict[str, Any]:
        """Return a job as the API has it."""
        answer: dict[str, Any] = self.get(f"/api/jobs/{job_id}").json()
        return answer

    def finished(self, job_id: str) -> dict[str, Any]:
        """Wait for a job to end and return it."""

        def ended() -> dict[str, Any] | None:
            job = self.job(job_id)
            return job if job["state"] not in ("pending", "running") else None

        return wait_for(ended)

    def watch(self, job_id: str, since: object = None, **options: Any) -> ClientConnection:
        """Open a job's websocket as browsers do, with compression on offer."""
        query = "" if since is None else f"?since={since}"
        url = f"{self.url.replace('http', 'ws', 1)}/ws/jobs/{job_id}{query}"
        client: ClientConnection = connect(url, proxy=None, **{"open_timeout": WITHIN, **options})
        return client

    @property
    def pid(self) -> int:
        """The number of its process."""
        assert self.process
        return self.process.pid

    def threads(self) -> int:
        """Count its threads."""
        return len(list(Path(f"/proc/{self.pid}/task").iterdir()))

    def descriptors(self) -> int:
        """Count its open files and sockets."""
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    @contextmanager
    def grows_less_than(self, size: int) -> Iterator[None]:
        """Check that its memory grows by less than `size` bytes during a block."""
        process = Path(f"/proc/{self.pid}")
        (process / "clear_refs").write_text("5")  # forgets the peak so far
        before = resident(process)["VmRSS"]
        yield
        assert resident(process)["VmHWM"] - before < size

    def kill(self) -> None:
        """End it as a power cut would: nothing is cleaned up."""
        assert self.process
        self.process.kill()
        self.process.wait(WITHIN)
        self._reader.join(WITHIN)

    def _read(self, stdout: Any) -> None:
        with stdout:
            self.log.extend(stdout)


class FlagGate:
    """A flag server that answers as often as the test lets it; a context manager.

    So a test decides how far a job has come, and can look at it there. QQ fails.
    """

    def __init__(self) -> None:
        self._period = Period()
        gate = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                period = gate._period
                cc = self.path.rpartition("/")[2].partition(".")[0]
                self.send_response(503 if cc == "qq" else 200)
                self.send_header("Content-Type", "image/gif")
                self.send_header("Content-Length", str(len(GIF)))
                self.end_headers()
                # Without a byte now and then, the download would give up after five seconds.
                rest = iter(GIF)
                while not period.admits(cc, within=0.5):
                    self.wfile.write(bytes([next(rest)]))
                self.wfile.write(bytes(rest))

            def log_message(self, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *args: object) -> None:
                """A download that is given up closes its connection: that is not an error here."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.template = f"http://127.0.0.1:{self._server.server_port}/{{cc}}/{{cc}}.gif"
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.01])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.open()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def let(self, answers: int) -> None:
        """Answer this many more requests; those that wait come first."""
        if answers:
            self._period.tickets.release(answers)

    def let_one(self, cc: str) -> None:
        """Answer every request for one code, within a second."""
        self._period.codes.add(cc.lower())

    def open(self) -> None:
        """Answer every request from now on."""
        self._period.open.set()
        self._period.tickets.release(1000)

    def shut(self) -> None:
        """Answer nothing until told to, as at the start. Earlier requests stay unanswered."""
        self._period = Period()


class Period:
    """What a gate admits from one `shut()` to the next.

    A request of an earlier period takes no ticket of a later one: its client may be gone.
    """

    def __init__(self) -> None:
        self.tickets = threading.Semaphore(0)
        self.codes: set[str] = set()
        self.open = threading.Event()

    def admits(self, cc: str, within: float) -> bool:
        """Wait for permission to answer one request."""
        leave = self.open.is_set() or cc in self.codes
        return leave or self.tickets.acquire(timeout=within)


def resident(process: Path) -> dict[str, int]:
    """Return the bytes of memory that a process has, now and at its peak."""
    lines = re.findall(r"(VmRSS|VmHWM):\s+(\d+) kB", (process / "status").read_text())
    return {name: int(kilobytes) * 1024 for name, kilobytes in lines}


def children(pid: int) -> list[int]:
    """Return the child processes of a process that it has not waited for yet."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # the thread has left meanwhile
            found += map(int, (task / "children").read_text().split())
    return found


def is_alive(pid: int) -> bool:
    """Whether a process runs: it has ended once each of its threads is gone or a zombie."""
    try:
        stats = [task.read_text() for task in Path(f"/proc/{pid}/task").glob("*/stat")]
    except (FileNotFoundError, ProcessLookupError):
        return is_alive(pid)  # a thread left meanwhile: look again
    return any(stat.rpartition(")")[2].split()[0] not in "ZX" for stat in stats)
