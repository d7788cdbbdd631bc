"""The benchmark itself, on the smallest cell: it must still run when it is needed."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from flagdl.strategies import STRATEGIES
from tests.bench import page, plot, report, targets
from tests.bench.__main__ import raw, tables
from tests.bench.cells import FULL, SMALLEST, USUAL, Cell
from tests.bench.contenders import CHAPTER, JOB, Run, Warm, WholeJob, present
from tests.bench.rounds import Measurement, Result
from tests.bench.server import RunningFlagServer

ONE_BY_ONE = Cell(20, 1, 0.01, errors=True)


def test_the_smallest_cell_from_end_to_end(tmp_path: Path) -> None:
    with (
        RunningFlagServer() as server,
        Warm(CHAPTER) as chapter,
        Warm("sequential") as sequential,
        WholeJob(server, tmp_path / "dashboard", [SMALLEST, ONE_BY_ONE]) as job,
    ):
        contenders = [chapter, sequential, job, *present()]
        measurement = Measurement(contenders, server, tmp_path, seed=1)
        results = [measurement.measure(cell, rounds=1) for cell in (SMALLEST, ONE_BY_ONE)]
    everybody = {contender.name for contender in contenders}
    assert results[0].runs.keys() == everybody - {"sequential"}
    assert results[1].runs.keys() == everybody
    for result in results:
        assert {len(runs) for runs in result.runs.values()} == {1}
        for name in result.runs:
            assert result.wall(name) >= result.cell.floor
            assert result.cpu_per_flag(name) > 0
    text = tables(results, [], tmp_path)
    assert f"| {ONE_BY_ONE}" in text
    assert "interleaved runs" in text
    assert json.loads(json.dumps(raw(results, [])))["results"][0]["cell"]["requests"] == 20


def test_who_leaves_something_out_is_not_measured(tmp_path: Path) -> None:
    class Lazy(Warm):
        def run(self, cell: Cell, server: RunningFlagServer, directory: Path) -> Run:
            return Run(0.001, 0.001)

    with RunningFlagServer() as server:
        measurement = Measurement([Lazy(CHAPTER)], server, tmp_path, seed=1)
        with pytest.raises(RuntimeError, match="0 answers"):
            measurement.measure(SMALLEST, rounds=1)


def made_up(cell: Cell, walls: dict[str, float]) -> Result:
    return Result(cell, {name: [Run(wall, wall / 2)] * 3 for name, wall in walls.items()})


def test_targets_are_ratios_within_one_run() -> None:
    results = {USUAL: made_up(USUAL, {CHAPTER: 2.0, JOB: 1.15, "curl": 1.0})}
    checked = list(targets.of_results(results))
    assert [target.measured for target in checked] == pytest.approx([1.0, 1.15])
    assert [target.verdict for target in checked] == ["met", "NOT met"]
    assert "NOT met" in report.targets(checked)


def test_the_plot_is_svg_with_a_line_for_each_contender() -> None:
    cells = [cell for cell in FULL if (cell.requests, cell.delay) == (676, 0.05)]
    names = (CHAPTER, *STRATEGIES, JOB, "curl", "aria2c")
    results = [made_up(cell, dict.fromkeys(names, cell.floor * 1.1)) for cell in cells]
    picture = ElementTree.fromstring(plot.svg(results))
    lines = picture.findall("{*}path[@class='line whole-job']")
    assert len(lines) == 2  # and one in the legend
    assert {"10", "30", "100", "300", "1000"} <= {
        text.text for text in picture.findall(".//{*}text")
    }


def test_a_page_is_measured_by_what_it_noted() -> None:
    noted = {
        "shown": 300.0,
        "squares": {"FR": 5060.0, "BR": 5200.0, "CN": 5190.0},
        "flags": {"FR": 5100.0, "BR": 5300.0, "CN": 5290.0},
        "tasks": [[200.0, 70.0], [400.0, 60.0], [600.0, 80.0]],
        "frames": [[290.0, 40.0], [310.0, 2.0], [330.0, 3.0], [350.0, 4.0]],
    }
    figures = page.figures_of({"FR": 5000.0, "BR": 5100.0, "CN": 5100.0}, noted)
    assert figures == {
        "square": 90,
        "flag": 190,
        "tasks": 2,
        "longest": 80,
        "loading": 1,
        "script": 3,
        "script95": pytest.approx(4.8),
    }
    checked = page.targets({**figures, "usable": 0.5, "size": 201})
    verdicts = [target.verdict for target in checked]
    assert verdicts == ["met", "NOT met", "met", "met", "NOT met"]
    assert "95th percentile 4.8 ms" in page.further(figures)
