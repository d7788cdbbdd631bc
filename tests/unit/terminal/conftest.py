"""What the terminal's tests share."""

import logging
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from flagdl.system.signals import ENDING
from flagdl.terminal.cli import main
from tests.support.here import LastingOrigin
from tests.support.terminals import Cli


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """The command; everything it writes is below the test's own directory."""
    return Cli(tmp_path)


@pytest.fixture
def handlers() -> Iterator[dict[int, Any]]:
    """The signal handlers; they are restored after a test in which `called` was stopped."""
    before = {number: signal.getsignal(number) for number in ENDING}
    yield before
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def called(
    cli: Cli,
    origin: LastingOrigin,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Callable[..., subprocess.CompletedProcess[str]]]:
    """Runs the command's `main` in this process, for tests that don't need another one."""

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        for name, value in cli.environment.items():
            if name.startswith("FLAGDL_"):
                monkeypatch.setenv(name, value)
        try:
            status: object = main(args)
        except SystemExit as ended:
            status = ended.code
        assert isinstance(status, int)
        said = capsys.readouterr()
        return subprocess.CompletedProcess(args, status, said.out, said.err)

    monkeypatch.setattr("flagdl.download.servers.OriginProcess", lambda: origin)
    # The command sets this limit for its whole process.
    monkeypatch.setattr("flagdl.terminal.process.raise_open_file_limit", lambda: None)
    log = logging.getLogger("flagdl.history.writer")
    level = log.level
    yield run
    log.setLevel(level)
