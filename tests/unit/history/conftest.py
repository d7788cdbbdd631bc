"""A new history for each test."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from flagdl.history.history import History


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "history.sqlite3"


@pytest.fixture
def history(path: Path) -> Iterator[History]:
    with closing(History(path)) as history:
        yield history
