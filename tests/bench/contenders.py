"""The contenders: the chapter's way, flagdl's strategies, a whole job, curl and aria2c.

Each does a cell's work once when it is asked to, and says how long that took and how much
processor time its own processes spent on it.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.bench.cells import Cell
from tests.bench.server import ROOT, RunningFlagServer
from tests.support.running import RunningDashboard

CHAPTER, JOB, CURL, ARIA2C = "chapter's way", "whole job", "curl", "aria2c"
MOST_OF_THE_API = 676  # codes that a job can ask for
MOST_OF_CURL = 300  # its --parallel-max goes no further


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a contender: seconds."""

    wall: float
    cpu: float


class Contender(ABC):
    """Something that downloads flags; a context manager that owns its process."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        return None

    def can(self, cell: Cell) -> bool:
        """Whether it can do this cell, and should."""
        return True

    @abstractmethod
    def run(self, cell: Cell, server: RunningFlagServer, directory: Path) -> Run:
        """Do a cell's work into an empty directory."""


class Warm(Contender):
    """Python code in a process that has been started before."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.worker", self.name],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._process.communicate()

    def can(self, cell: Cell) -> bool:
        return self.name != "sequential" or cell.connections == 1

    def run(self, cell: Cell, server: RunningFlagServer, directory: Path) -> Run:
        job = {
            "template": server.template(cell.delay, errors=cell.errors),
            "codes": cell.codes,
            "connections": cell.connections,
            "directory": str(directory),
        }
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps(job), file=self._process.stdin, flush=True)
        return Run(**json.loads(self._process.stdout.readline()))


class WholeJob(Contender):
    """A job through the API of a running dashboard, with its history, watched over a websocket."""

    def __init__(self, server: RunningFlagServer, directory: Path, cells: Sequence[Cell]) -> None:
        super().__init__(JOB)
        directory.mkdir()
        servers = directory / "servers.toml"
        lines = {
            f'{_label(cell)} = "{server.template(cell.delay, errors=cell.errors)}"'
            for cell in cells
        }
        servers.write_text("\n".join(["[servers]", *lines]))
        # Each round has a directory of its own. The dashboard knows only this link to it.
        self._downloads = directory / "current"
        self._dashboard = RunningDashboard(directory, servers=servers, downloads=self._downloads)

    def __enter__(self) -> Self:
        self._dashboard.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._dashboard.stop()

    def can(self, cell: Cell) -> bool:
        return cell.requests <= MOST_OF_THE_API

    def run(self, cell: Cell, server: RunningFlagServer, directory: Path) -> Run:
        self._downloads.unlink(missing_ok=True)
        self._downloads.symlink_to(directory)
        options = {
            "codes": cell.codes,
            "server": _label(cell),
            "max_req": cell.connections,
            "attempts": 1,
        }
        cpu_before = process_time(self._dashboard.pid)
        began = time.monotonic()
        with self._dashboard.watch(self._dashboard.submit(**options)) as watcher:
            for _ in watcher:
                pass  # until the dashboard closes it, after the last event
        wall = time.monotonic() - began
        return Run(wall, process_time(self._dashboard.pid) - cpu_before)


def _label(cell: Cell) -> str:
    return f"MS{cell.delay * 1000:.0f}{'E' if cell.errors else ''}"


class Program(Contender):
    """A program that is given a list of addresses, and started for each run as users start it."""

    def __init__(
        self, name: str, command: Callable[[Cell, Path, Path], list[str]], entry: str, most: int
    ) -> None:
        super().__init__(name)
        self._command = command
        self._entry = entry
        self._most = most

    def can(self, cell: Cell) -> bool:
        return cell.connections <= self._most

    def run(self, cell: Cell, server: RunningFlagServer, directory: Path) -> Run:
        template = server.template(cell.delay, errors=cell.errors)
        addresses = directory.with_suffix(".txt")
        addresses.write_text(
            "".join(
                self._entry.format(url=template.format(cc=cc), name=f"{cc}.gif", into=directory)
                for cc in map(str.lower, cell.codes)
            )
        )
        command = self._command(cell, addresses, directory)
        began = time.monotonic()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        # Popen need not wait for it any more.
        process.returncode = os.waitstatus_to_exitcode(status)
        return Run(wall, usage.ru_utime + usage.ru_stime)


def curl() -> Program:
    """Return `curl --parallel`, with a configuration file of addresses."""
    return Program(
        CURL,
        lambda cell, addresses, _: [
            "curl", "--disable", "--silent", "--fail", "--parallel", "--parallel-immediate",
            "--parallel-max", str(cell.connections), "--config", str(addresses),
        ],
        'url = "{url}"\noutput = "{into}/{name}"\n',
        MOST_OF_CURL,
    )  # fmt: skip


def aria2c() -> Program:
    """Return `aria2c -j`, with a file of addresses."""
    return Program(
        ARIA2C,
        lambda cell, addresses, directory: [
            "aria2c", "--no-conf", "--quiet", "--max-tries=1", "--file-allocation=none",
            "-j", str(cell.connections), "-d", str(directory), "-i", str(addresses),
        ],
        "{url}\n  out={name}\n",
        1000,
    )  # fmt: skip


def present() -> list[Contender]:
    """Return the programs that are installed here."""
    return [program for program in (curl(), aria2c()) if shutil.which(program.name)]


def process_time(pid: int) -> float:
    """Return the seconds of processor time that a process has used, its ended threads included."""
    if sys.platform != "linux":
        sys.exit("The benchmark reads another process's clock. Only Linux has it: run it there.")
    # This is how Linux numbers the clocks of processes, see clock_getcpuclockid(3). /proc has the
    # time only in hundredths of a second.
    return time.clock_gettime(~pid << 3 | 2)


def version(program: str) -> str:
    """Return the version that a program prints."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    return next(iter(re.findall(r"\d+\.[\d.]*\d", said.stdout)), "?")
