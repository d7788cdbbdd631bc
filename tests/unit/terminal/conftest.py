"""What the terminal's tests share."""

from pathlib import Path

import pytest

from tests.support.terminals import Cli


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """The command, with everything it writes below a directory of the test's own."""
    return Cli(tmp_path)
