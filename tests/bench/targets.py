"""The targets of flagdl, as ratios within one run of the benchmark, and whether they are met."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.cells import FEW, MANY, QUICK, USUAL, WIDE, WIDEST, Cell
from tests.bench.contenders import ARIA2C, CHAPTER, CURL, JOB
from tests.bench.rounds import Result
from tests.bench.server import ROOT, RunningFlagServer
from tests.bench.watchers import slowest_of_a_hundred
from tests.support.running import RunningDashboard, resident

ENGINE, LOOP = ENGINES = ("as_completed", "asyncio")
STARTS = 11


@dataclass(frozen=True, slots=True)
class Target:
    """A bound, and what was measured."""

    work: str
    at_most: float
    measured: float
    unit: str = ""

    @property
    def verdict(self) -> str:
        """Say whether the bound is kept."""
        return "met" if self.measured <= self.at_most else "NOT met"


def of_results(results: Mapping[Cell, Result]) -> Iterator[Target]:
    """Yield the targets of the cells that were measured."""
    if usual := results.get(USUAL):
        yield Target(f"{USUAL}: {JOB} / floor", 1.05, usual.wall(JOB) / USUAL.floor)
        yield from _against(usual, JOB, {ARIA2C: 0.97, CURL: 1.0})
    if wide := results.get(WIDE):
        yield from _against(wide, JOB, {ARIA2C: 0.95, CURL: 1.1})
    if widest := results.get(WIDEST):
        yield from _against(widest, LOOP, {ARIA2C: 1.1})
    if quick := results.get(QUICK):
        for name, at_most in ((ENGINE, 0.28), (JOB, 0.36)):
            ratio = quick.cpu_per_flag(name) / quick.cpu_per_flag(CHAPTER)
            yield Target(f"{QUICK}: processor time, {name} / {CHAPTER}", at_most, ratio)
    if (few := results.get(FEW)) and (many := results.get(MANY)):
        ratio = (many.wall(ENGINE) / MANY.requests) / (few.wall(ENGINE) / FEW.requests)
        yield Target(f"{MANY}: time per flag / that of {FEW.requests}", 1.1, ratio)


def _against(result: Result, ours: str, bounds: Mapping[str, float]) -> Iterator[Target]:
    for name, at_most in bounds.items():
        if name in result.runs:
            ratio = result.wall(ours) / result.wall(name)
            yield Target(f"{result.cell}: {ours} / {name}", at_most, ratio)


def of_start() -> Target:
    """Measure how long --help takes, compared with an import that every download needs."""
    times: dict[str, list[float]] = {"-m flagdl --help": [], "-c import requests": []}
    for _ in range(STARTS):
        for command, taken in times.items():
            program = [sys.executable, *command.split(" ", 1)]
            if program[1] == "-m":
                program[2:] = program[2].split()
            began = time.monotonic()
            subprocess.run(program, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
            taken.append(time.monotonic() - began)
    ours, theirs = map(median, times.values())
    return Target("python -m flagdl --help / python -c 'import requests'", 1.2, ours / theirs)


def of_memory(server: RunningFlagServer, directory: Path, few: int = 10, many: int = 100) -> Target:
    """Measure the memory of a dashboard after many jobs, compared with that after few."""
    sizes = []
    with a_dashboard(server, directory, QUICK) as dashboard:
        for number in range(1, many + 1):
            dashboard.finished(dashboard.submit(codes=QUICK.codes, server="BENCH"))
            if number in (few, many):
                sizes.append(resident(Path(f"/proc/{dashboard.pid}"))["VmRSS"])
    first, last = sizes
    return Target(
        f"resident memory after {many} jobs of {QUICK.requests} / after {few}",
        1.1,
        last / first,
    )


def of_watchers(server: RunningFlagServer, directory: Path) -> Target:
    """Measure how long events take to reach a hundred watchers of one busy job."""
    # 338 starts and 338 ends: 676 events in one second.
    cell = Cell(338, 17, 0.05)
    with a_dashboard(server, directory, cell, program=ON_ONE_CLOCK, max_running=1) as dashboard:
        delays = slowest_of_a_hundred(dashboard, cell)
    return Target(
        "event published → received by 100 watchers, 676 events in 1 s, 99th percentile",
        100,
        delays * 1000,
        " ms",
    )


# Every job uses the machine's own clock, so the time of an event means the same in the process that
# measures.
ON_ONE_CLOCK = """
import sys, time
from flagdl import engine
engine._stopwatch = lambda: lambda: round(time.monotonic(), 6)
import app
sys.exit(app.main())
"""


def a_dashboard(
    server: RunningFlagServer, directory: Path, cell: Cell, **settings: Any
) -> RunningDashboard:
    """Return a dashboard that knows the server of a cell as BENCH."""
    directory.mkdir()
    servers = directory / "servers.toml"
    servers.write_text(f'[servers]\nBENCH = "{server.template(cell.delay, errors=False)}"\n')
    return RunningDashboard(directory, servers=servers, **settings)
