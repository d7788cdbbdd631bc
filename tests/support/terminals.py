"""The command line as a user has it: a process of its own, and the report that it prints."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from flagdl.history.history import History
from flagdl.model.events import all_counts
from flagdl.model.job import Job
from tests.support.running import ROOT, WITHIN

REPORT = re.compile(
    r"""(?P<label>\w+) site: (?P<site>http://127\.0\.0\.1:\d+(?:/flags)?)
Searching for (?P<total>\d+) flags?: (?P<codes>.+)
(?P<max_req>\d+) concurrent connections? will be used\.
(?P<lines>(?:.*\n)*?)--------------------
(?P<ok>\d+) flags? downloaded\.
(?:(?P<not_found>\d+) not found\.
)?(?:(?P<error>\d+) errors?\.
)?(?:(?P<cancelled>\d+) cancelled\.
)?Elapsed time: (?P<elapsed>\d+\.\d\d)s
"""
)
COUNTS = ("ok", "not_found", "error", "cancelled")


class Cli:
    """Runs the command with everything it writes below a directory."""

    def __init__(self, directory: Path) -> None:
        self.command = [sys.executable, "-m", "flagdl"]
        self.downloads = directory / "downloads"
        self.history = directory / "instance" / "history.sqlite3"
        self._servers = directory / "servers.toml"
        self.environment = {
            **{name: value for name, value in os.environ.items() if "FLAGDL_" not in name},
            "FLAGDL_DOWNLOADS": str(self.downloads),
            "FLAGDL_TIMEOUT": "600",  # a flag that a test holds back is not given up
            "FLAGDL_HISTORY": str(self.history),
            "PYTHONUNBUFFERED": "",  # if set, it would hide a missing flush
        }

    def set(self, **settings: str) -> None:
        self.environment |= {f"FLAGDL_{name.upper()}": value for name, value in settings.items()}

    def knows(self, **servers: str) -> None:
        """Let the command know further servers."""
        lines = [f"{label} = {url!r}" for label, url in servers.items()]
        self._servers.write_text("\n".join(["[servers]", *lines]))
        self.set(servers=str(self._servers))

    @contextmanager
    def started(self, *args: str, redirected: str = "") -> Iterator[subprocess.Popen[str]]:
        """Start the command as a shell does; it is killed when the block leaves it running."""
        pipe = subprocess.PIPE
        with subprocess.Popen(
            ["sh", "-c", f'exec "$0" "$@" {redirected}', *self.command, *args],
            cwd=ROOT,
            env=self.environment,
            stdout=pipe,
            stderr=pipe,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def run(self, *args: str, redirected: str = "") -> subprocess.CompletedProcess[str]:
        with self.started(*args, redirected=redirected) as process:
            stdout, stderr = process.communicate(timeout=WITHIN)
            return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)

    def record(self) -> Job:
        """Check the only job in the history, and return it as its events tell it."""
        with closing(History(self.history)) as history:
            [row] = history.jobs(10)
            job = Job(row)
            for event in history.events(row.id):
                job.apply(event)
        assert row.source == "terminal"
        assert (row.state, row.counts) == (job.state, all_counts(job.counts))
        assert job.state.ended
        assert not job.unaccounted
        assert not list(self.history.parent.glob("*.terminal-*"))
        return job

    def saved(self) -> list[str]:
        return sorted(path.name for path in self.downloads.iterdir())


def read_report(stdout: str) -> dict[str, str]:
    match = REPORT.fullmatch(stdout)
    assert match, stdout
    return match.groupdict(default="0")


def counts(report: dict[str, str]) -> list[int]:
    numbers = [int(report[name]) for name in COUNTS]
    assert sum(numbers) == int(report["total"])
    return numbers
