"""The strategies' source code, with the calls that the page explains marked in it."""

import inspect
import re
from typing import NamedTuple

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


class Piece(NamedTuple):
    """A part of a strategy's code; `number` numbers the calls from 1, and is 0 for other text."""

    text: str
    number: int


class Explanation(NamedTuple):
    """A strategy: its calls by what they do, and its code in pieces."""

    name: str
    calls: dict[str, str]
    pieces: list[Piece]


def explanations() -> list[Explanation]:
    """Return every strategy's code with its calls marked."""
    return [
        Explanation(
            name, CALLS[name], _marked(inspect.getsource(strategy), list(CALLS[name].values()))
        )
        for name, strategy in STRATEGIES.items()
    ]


def _marked(source: str, calls: list[str]) -> list[Piece]:
    pattern = "|".join(re.escape(call) for call in calls)
    pieces = re.split(f"({pattern})", source.rstrip())
    return [Piece(text, calls.index(text) + 1 if text in calls else 0) for text in pieces if text]
