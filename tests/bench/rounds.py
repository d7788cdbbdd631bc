"""Runs the contenders in turn, so that a slow moment of the machine slows all of them."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median

from tests.bench.cells import SMALLEST, Cell
from tests.bench.contenders import Contender, Run
from tests.bench.server import RunningFlagServer


@dataclass
class Result:
    """A cell, each contender's runs, and what the server has seen of them."""

    cell: Cell
    runs: dict[str, list[Run]] = field(default_factory=dict)
    server_share: float = 0.0  # of one core, at most
    server_late: float = 0.0  # seconds behind the delay, at most

    def wall(self, contender: str) -> float:
        """Return a contender's median time in seconds; raises KeyError where it has none."""
        return median(run.wall for run in self.runs[contender])

    def cpu_per_flag(self, contender: str) -> float:
        """Return the median processor time in seconds."""
        return median(run.cpu for run in self.runs[contender]) / self.cell.requests


class Measurement:
    """Measures cells, with a new directory for every run below `directory`.

    Creating files where many have just been deleted takes up to 0.8 ms each on some file systems:
    so nothing is deleted before the end.
    """

    def __init__(
        self, contenders: Sequence[Contender], server: RunningFlagServer, directory: Path, seed: int
    ) -> None:
        self._contenders = contenders
        self._server = server
        self._directories = (directory / str(number) for number in count())
        self._random = random.Random(seed)

    def warm_up(self) -> None:
        """Let each contender work once."""
        for _ in self._one_round(Result(SMALLEST)):
            pass

    def measure(self, cell: Cell, rounds: int) -> Result:
        """Let each contender that can do a cell do it, in a new random order in each round."""
        result = Result(cell)
        for _ in range(rounds):
            for name, run in self._one_round(result):
                result.runs.setdefault(name, []).append(run)
        return result

    def _one_round(self, result: Result) -> Iterator[tuple[str, Run]]:
        cell = result.cell
        able = [contender for contender in self._contenders if contender.can(cell)]
        for contender in self._random.sample(able, len(able)):
            directory = next(self._directories)
            directory.mkdir()
            before = self._server.figures()
            run = contender.run(cell, self._server, directory)
            after = self._server.figures()
            answers = sum(after[kind] for kind in ("ok", "not_found", "error"))
            saved = len(list(directory.glob("*.gif")))
            # A contender that skipped work does not count as quick.
            if (answers, saved) != (cell.requests, after["ok"]):
                raise RuntimeError(
                    f"{contender.name}, {cell}: {answers} answers, of which {after['ok']} were"
                    f" flags; {saved} files"
                )
            result.server_share = max(
                result.server_share, (after["cpu"] - before["cpu"]) / run.wall
            )
            result.server_late = max(result.server_late, after["late"])
            yield contender.name, run
