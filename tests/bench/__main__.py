"""`make bench` and `make bench-quick`: measure, and say how it went."""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from flagdl.strategies import STRATEGIES
from tests.bench import ends, plot, report, targets
from tests.bench.cells import FEWER, FULL, Cell
from tests.bench.contenders import CHAPTER, Contender, Warm, WholeJob, present
from tests.bench.rounds import Measurement, Result
from tests.bench.server import RunningFlagServer
from tests.bench.targets import Target

RESULTS = Path(".venv/bench")
# In memory if possible: aria2c removes the files that a 404 leaves behind. After that, some file
# systems take a millisecond for each new file, also for the next contender.
MEMORY = Path("/dev/shm")


def main() -> None:
    """Measure what the arguments ask for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer cells and contenders")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each contender in each cell")
    parser.add_argument("--seed", type=int, default=1, help="of the order in which they take turns")
    parser.add_argument("--output", type=Path, default=RESULTS, help="where tables and figures go")
    parser.add_argument(
        "--directory",
        type=Path,
        default=MEMORY if os.access(MEMORY, os.W_OK) else Path(tempfile.gettempdir()),
        help="where the flags are saved meanwhile (default: %(default)s)",
    )
    parser.add_argument("--plot", type=Path, help="where the picture goes")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="flagdl-bench-", dir=args.directory) as directory:
        cells = FEWER if args.quick else FULL
        results, checked = bench(
            cells, args.rounds, Path(directory), args.seed, long=not args.quick
        )
    text = tables(results, checked, args.directory)
    print("\n" + text)
    report.save(args.output / "bench.md", text)
    report.save(args.output / "bench.json", json.dumps(raw(results, checked), indent=1))
    if args.plot:
        report.save(args.plot, plot.svg(results))


def bench(
    cells: Sequence[Cell], rounds: int, directory: Path, seed: int = 1, *, long: bool = True
) -> tuple[list[Result], list[Target]]:
    """Measure the cells, and then everything else that has a target.

    Without `long`, it leaves out what takes long: two strategies, and a hundred jobs in turn.
    """
    began = time.monotonic()
    with ExitStack() as running:
        server = running.enter_context(RunningFlagServer())
        contenders: list[Contender] = [
            *(Warm(name) for name in (CHAPTER, *(STRATEGIES if long else targets.ENGINES))),
            WholeJob(server, directory / "dashboard", cells),
            *present(),
        ]
        measurement = Measurement(
            [running.enter_context(each) for each in contenders],
            server,
            directory,
            seed,
        )
        measurement.warm_up()
        results = []
        for cell in cells:
            print(f"{time.monotonic() - began:4.0f} s  {cell}", flush=True)
            results.append(measurement.measure(cell, rounds))
    checked = [*targets.of_results({result.cell: result for result in results})]
    with RunningFlagServer() as server:
        checked += _other_targets(server, directory, long=long)
    return results, checked


def _other_targets(server: RunningFlagServer, directory: Path, *, long: bool) -> Iterator[Target]:
    yield targets.of_start()
    yield targets.of_watchers(server, directory / "watchers")
    yield from ends.of_ends(server, directory / "ends")
    if long:
        yield targets.of_memory(server, directory / "memory")


def tables(results: Sequence[Result], checked: Sequence[Target], directory: Path) -> str:
    """Return all results in Markdown."""
    names = {name for result in results for name in result.runs}
    rounds = len(results[0].runs[CHAPTER])
    return "\n\n".join(
        [
            f"Medians of {rounds} interleaved runs on {report.machine()}, into {directory};"
            f" {report.programs(names)}.",
            "Wall time in s / processor time in µs per flag:",
            report.times(results),
            f"Wall time / floor, and / {CHAPTER}:",
            report.ratios(results),
            report.server(results),
            report.targets(checked) + "\n",
        ]
    )


def raw(results: Sequence[Result], checked: Sequence[Target]) -> dict[str, object]:
    """Return every single run, for a closer look."""
    return {
        "machine": report.machine(),
        "results": [asdict(result) for result in results],
        "targets": [{**asdict(target), "verdict": target.verdict} for target in checked],
    }


if __name__ == "__main__":
    main()
