"""The results as tables, in Markdown, which a terminal shows as well."""

import os
import platform
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from flagdl.strategies import STRATEGIES
from tests.bench.contenders import ARIA2C, CHAPTER, CURL, JOB, version
from tests.bench.rounds import Result
from tests.bench.targets import Target

COLUMNS = (CHAPTER, *STRATEGIES, JOB, CURL, ARIA2C)
NOTHING = "–"


def machine() -> str:
    """Name the machine by what counts: cores, memory, and what runs on it."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return (
        f"{os.cpu_count()} cores, {pages / 2**30:.0f} GiB, {platform.system()}, "
        f"Python {platform.python_version()}"
    )


def programs(present: Iterable[str]) -> str:
    """Say which programs took part."""
    return ", ".join(
        f"{name} {version(name)}" if name in present else f"{name} is not installed: left out"
        for name in (CURL, ARIA2C)
    )


def times(results: Sequence[Result]) -> str:
    """Return wall time in seconds and processor time in µs per flag, for each cell."""
    return _table(
        results,
        lambda result, name: f"{result.wall(name):.3f} / {result.cpu_per_flag(name) * 1e6:.0f}",
    )


def ratios(results: Sequence[Result]) -> str:
    """Return wall time as a multiple of the floor and of the chapter's way."""

    def ratio(result: Result, name: str) -> str:
        wall, floor = result.wall(name), result.cell.floor
        to_floor = f"{wall / floor:.2f}" if floor else NOTHING
        return f"{to_floor} / {wall / result.wall(CHAPTER):.2f}"

    return _table(results, ratio)


def server(results: Sequence[Result]) -> str:
    """Say how far the flag server was from being the bottleneck."""
    busiest = max(results, key=lambda result: result.server_share)
    latest = max(results, key=lambda result: result.server_late)
    return (
        f"The flag server used at most {busiest.server_share:.0%} of one core"
        f" ({busiest.cell}), and its answers left at most {latest.server_late * 1000:.1f} ms late"
        f" ({latest.cell})."
    )


def targets(checked: Sequence[Target]) -> str:
    """Return the targets, each with what was measured."""
    rows = [
        f"| {t.work} | {t.at_most:g}{t.unit} | {t.measured:.3g}{t.unit} | {t.verdict} |"
        for t in checked
    ]
    return "\n".join(["| work | at most | measured | |", "|---|---|---|---|", *rows])


def _table(results: Sequence[Result], show: Callable[[Result, str], str]) -> str:
    columns = [name for name in COLUMNS if any(name in result.runs for result in results)]
    rows = [["work", "floor", *columns], ["---"] * (2 + len(columns))]
    for result in results:
        shown = [show(result, name) if name in result.runs else NOTHING for name in columns]
        rows.append([str(result.cell), f"{result.cell.floor:.3f}", *shown])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    )


def save(path: Path, text: str) -> None:
    """Write a file, and its directory if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
