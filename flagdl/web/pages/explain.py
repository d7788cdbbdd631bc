"""The strategies' source code, with the calls that the page explains marked in it."""

import inspect
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from flagdl.model.embedded import N_
from flagdl.strategies import STRATEGIES

# By strategy, the calls that submit the downloads, run them and return their results.
CALLS = {
    "sequential": {
        "submitted": "for cc in codes",
        "running": "download_one(cc)",
        "returned": "yield",
    },
    "map": {
        "submitted": "executor.map(download_one, codes)",
        "running": "with executor",
        "returned": "yield from",
    },
    "as_completed": {
        "submitted": "executor.submit(download_one, cc)",
        "running": "with executor",
        "returned": "futures.as_completed(to_do)",
        "result": "future.result()",
    },
    "asyncio": {
        "submitted": "asyncio.create_task(in_slot(cc))",
        "running": "async with slots",
        "returned": "asyncio.as_completed(tasks)",
        "result": "await done",
    },
}

# What a future is, where the code has one.
ABOUT_FUTURES = {
    "map": N_(
        "executor.map makes a future for each code: it stands for a result that is not there yet."
    ),
    "as_completed": N_(
        "submit returns a future at once: it stands for a result that is not there yet."
        " as_completed yields it when it is done, so result() need not wait."
    ),
    "asyncio": N_("A task is a future, too: it stands for a result that is not there yet."),
}


class Piece(NamedTuple):
    """A part of a line; `role` is what a call does, and empty for other text."""

    text: str
    role: str


class Line(NamedTuple):
    """A line of a strategy's code; `roles` are those of its calls, in order."""

    pieces: list[Piece]
    indent: str

    @property
    def roles(self) -> list[str]:
        """What the calls of the line do."""
        return [piece.role for piece in self.pieces if piece.role]


def explanation(strategy: str) -> dict[str, Any]:
    """Return what parts/run.html says of a strategy's code."""
    return {"code": code_of(strategy), "about_futures": ABOUT_FUTURES.get(strategy)}


def code_of(strategy: str) -> list[Line]:
    """Return a strategy's code, line by line, with its calls marked; nothing for an unknown one."""
    if strategy not in STRATEGIES:
        return []
    source = inspect.getsource(STRATEGIES[strategy]).rstrip()
    return [_line(text, CALLS[strategy]) for text in source.splitlines()]


def _line(text: str, calls: Mapping[str, str]) -> Line:
    roles = {call: role for role, call in calls.items()}
    pattern = "|".join(re.escape(call) for call in roles)
    pieces = [Piece(part, roles.get(part, "")) for part in re.split(f"({pattern})", text) if part]
    return Line(pieces, " " * (len(text) - len(text.lstrip())))
