"""Lock files next to the history: they show which runs in terminals live, and ask them to end.

The kernel releases a lock when its process ends, even if it was killed.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from filelock import FileLock

from flagdl.history.database import real_path
from flagdl.history.writer import HistoryError


class Terminal:
    """A run in a terminal, as two processes see it: the run itself and the dashboard."""

    def __init__(self, history: Path, name: str) -> None:
        self.name = name
        history = real_path(history)
        self._lock = Path(f"{history}.terminal-{name}.lock")
        self._cancel = Path(f"{history}.terminal-{name}.cancel")

    @classmethod
    def new(cls, history: Path) -> Self:
        """Return a new run with a name of its own."""
        return cls(history, secrets.token_hex(8))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock until the block ends (the run); raises HistoryError."""
        try:
            self._lock.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self._lock)
            lock.acquire()
        except OSError as exc:
            raise HistoryError(f"{self._lock} can't be used: {exc.strerror or exc}") from exc
        try:
            yield
        finally:
            self._remove()
            lock.release()

    def remove_if_dead(self) -> bool:
        """Remove what the run left if its process has died (dashboard); returns whether it has."""
        if self._lock.exists():
            try:
                with FileLock(self._lock, blocking=False):
                    self._remove()
            except OSError:
                return False  # the run holds the lock, or this can't be known
        self._remove()
        return True

    def ask_to_cancel(self) -> None:
        """Ask the run to end (the dashboard); raises HistoryError."""
        try:
            self._cancel.touch()
        except OSError as exc:
            raise HistoryError(f"{self._cancel} can't be made: {exc.strerror or exc}") from exc
        # If the run has just ended, this file would stay.
        self.remove_if_dead()

    def is_asked_to_cancel(self) -> bool:
        """Whether the dashboard wants the run to end (the run)."""
        return self._cancel.exists()

    def _remove(self) -> None:
        for path in (self._cancel, self._lock):
            with suppress(OSError):
                path.unlink(missing_ok=True)


def sweep(history: Path) -> None:
    """Remove the files of dead runs: some may have died before they were in the history."""
    history = real_path(history)
    prefix, suffix = f"{history.name}.terminal-", ".lock"
    for path in history.parent.iterdir():
        if path.name.startswith(prefix) and path.name.endswith(suffix):
            Terminal(history, path.name.removeprefix(prefix).removesuffix(suffix)).remove_if_dead()
