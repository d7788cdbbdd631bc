"""Time against connections as an SVG that can be read on light and on dark pages."""

import math
from collections.abc import Iterable, Sequence

from tests.bench.cells import USUAL
from tests.bench.contenders import ARIA2C, CHAPTER, CURL, JOB
from tests.bench.rounds import Result

WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 64, 156, 56, 52
FLOOR = "floor"
NAMES = {CHAPTER: "the chapter's way", "as_completed": "flagdl, engine", JOB: "flagdl, whole job",
         CURL: "curl --parallel", ARIA2C: "aria2c", FLOOR: "floor"}  # fmt: skip
# Told apart by their marks too: circle, square, triangle, diamond, cross.
MARKS = {
    CHAPTER: "M-4,0a4,4 0 1 0 8,0a4,4 0 1 0 -8,0z",
    "as_completed": "M-4,-4h8v8h-8z",
    JOB: "M0,-5l5,9h-10z",
    CURL: "M0,-5l5,5l-5,5l-5,-5z",
    ARIA2C: "M-4,-4l8,8M4,-4l-8,8",
    FLOOR: "",
}
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #333 }
  .title { font-size: 15px; font-weight: 600 }
  .grid { stroke: #ddd } .line { fill: none; stroke-width: 2 } .mark { stroke-width: 2 }
  .chapters-way { stroke: #777; color: #777 } .as_completed { stroke: #0969da; color: #0969da }
  .whole-job { stroke: #1a7f37; color: #1a7f37 } .curl { stroke: #bc4c00; color: #bc4c00 }
  .aria2c { stroke: #8250df; color: #8250df } .floor { stroke: #777; stroke-dasharray: 2 4 }
  .mark { fill: currentColor }
  @media (prefers-color-scheme: dark) {
    text { fill: #ddd } .grid { stroke: #444 }
    .chapters-way { stroke: #aaa; color: #aaa } .as_completed { stroke: #58a6ff; color: #58a6ff }
    .whole-job { stroke: #3fb950; color: #3fb950 } .curl { stroke: #f0883e; color: #f0883e }
    .aria2c { stroke: #bc8cff; color: #bc8cff } .floor { stroke: #aaa }
  }
"""

Point = tuple[float, float]


def svg(results: Sequence[Result]) -> str:
    """Draw the cells that differ from the usual one in their connections only."""
    shown = [r for r in results if (r.cell.requests, r.cell.delay, r.cell.errors)
             == (USUAL.requests, USUAL.delay, False)]  # fmt: skip
    series = {name: list(_points(name, shown)) for name in NAMES}
    series = {name: points for name, points in series.items() if points}
    axes = _Axes([point for points in series.values() for point in points])
    title = (
        f"Seconds for {USUAL.requests} flags from a server that takes {USUAL.delay * 1000:.0f} ms"
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
            f"<title>{title}, by connections</title>",
            f"<style>{STYLE}</style>",
            f'<text class="title" x="{LEFT}" y="24">{title}</text>',
            *axes.grid(),
            *(line for name, points in series.items() for line in _line(name, points, axes)),
            *_legend(series),
            "</svg>\n",
        ]
    )


def _points(name: str, results: Iterable[Result]) -> Iterable[Point]:
    for result in results:
        if name == FLOOR:
            yield result.cell.connections, result.cell.floor
        elif name in result.runs:
            yield result.cell.connections, result.wall(name)


class _Axes:
    """Both axes are logarithmic."""

    def __init__(self, points: Sequence[Point]) -> None:
        self.xs = sorted({x for x, _ in points})
        ys = [y for _, y in points]
        self._bottom, self._top = min(ys) / 1.2, max(ys) * 1.2

    def place(self, point: Point) -> Point:
        x = math.log(point[0] / self.xs[0]) / math.log(self.xs[-1] / self.xs[0] or 1)
        y = math.log(point[1] / self._bottom) / math.log(self._top / self._bottom)
        return LEFT + x * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - y * (HEIGHT - TOP - BOTTOM)

    def grid(self) -> Iterable[str]:
        for y in (a * 10**b for b in range(-2, 3) for a in (1, 2, 5)):
            if self._bottom < y < self._top:
                _, at = self.place((self.xs[0], y))
                yield f'<path class="grid" d="M{LEFT},{at:.1f}H{WIDTH - RIGHT}"/>'
                yield f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{y:g} s</text>'
        for x in self.xs:
            at, _ = self.place((x, self._bottom))
            yield f'<path class="grid" d="M{at:.1f},{TOP}V{HEIGHT - BOTTOM}"/>'
            yield (
                f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{x:g}</text>'
            )
        middle = (LEFT + WIDTH - RIGHT) / 2
        yield f'<text x="{middle}" y="{HEIGHT - 10}" text-anchor="middle">connections</text>'


def _line(name: str, points: Sequence[Point], axes: _Axes) -> Iterable[str]:
    places = [axes.place(point) for point in points]
    style = _class(name)
    path = "L".join(f"{x:.1f},{y:.1f}" for x, y in places)
    yield f'<path class="line {style}" d="M{path}"/>'
    for x, y in places if MARKS[name] else []:
        yield _mark(name, x, y)


def _mark(name: str, x: float, y: float) -> str:
    style = _class(name)
    return f'<path class="mark {style}" transform="translate({x:.1f},{y:.1f})" d="{MARKS[name]}"/>'


def _legend(series: Iterable[str]) -> Iterable[str]:
    for row, name in enumerate(series):
        y = TOP + 14 + row * 24
        x = WIDTH - RIGHT + 16
        style = _class(name)
        yield f'<path class="line {style}" d="M{x - 8},{y}h16"/>'
        if MARKS[name]:
            yield _mark(name, x, y)
        yield f'<text x="{x + 14}" y="{y + 4}">{NAMES[name]}</text>'


def _class(name: str) -> str:
    return name.replace(" ", "-").replace("'", "")
