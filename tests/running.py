"""A dashboard as users have it: `app.py` in a process of its own, on a free port."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TypeVar

import requests

ROOT = Path(__file__).resolve().parents[1]
WITHIN = 20.0  # seconds: what should happen at once may take so long on a busy machine
T = TypeVar("T")


def wait_for(condition: Callable[[], T | None], within: float = WITHIN) -> T:
    """Return the first truthy answer of a condition; fails when that takes too long."""
    deadline = time.monotonic() + within
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"still not: {condition}"
        threading.Event().wait(0.01)
    return answer


class RunningDashboard:
    """Starts `app.py` with everything it writes below `directory`; a context manager.

    It can be stopped and started again on the same directory, as an operator would.
    """

    def __init__(self, directory: Path, **settings: object) -> None:
        self.directory = directory
        self.downloads = directory / "downloads"
        self.history = directory / "instance" / "history.sqlite3"
        self.url = ""
        self._environment = {
            **{name: value for name, value in os.environ.items() if "FLAGDL_" not in name},
            "FLAGDL_PORT": "0",
            "FLAGDL_DOWNLOADS": str(self.downloads),
            "FLAGDL_HISTORY": str(self.history),
            **{f"FLAGDL_{name.upper()}": str(value) for name, value in settings.items()},
        }
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
            [sys.executable, "app.py"],
            cwd=ROOT,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout
        for line in self.process.stdout:
            self.log.append(line)
            if match := re.fullmatch(r"flagdl is running at (http://\S+)\n", line):
                self.url = match[1]
                break
        else:
            raise AssertionError("it did not start:\n" + "".join(self.log))
        threading.Thread(target=self._read, args=[self.process.stdout], daemon=True).start()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; returns the exit status."""
        assert self.process
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(WITHIN)
        finally:
            self.process.kill()

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

    def _read(self, stdout: Any) -> None:
        self.log.extend(stdout)
