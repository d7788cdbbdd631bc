"""Whether another process has written to the history."""

import sqlite3
from pathlib import Path

from flagdl.history.database import Files, connect, files_of


class Changes:
    """Tells whether another process has written to the history since the last call (one thread)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._version: object = None
        self._database: Files = ()

    def __call__(self) -> bool:
        """Return whether there may be something new."""
        database = files_of(self._path)[:1]
        if database != self._database:
            self.close()
        before = self._version
        try:
            self._connection = self._connection or connect(self._path)
            # Only commits of other connections change the number, so this connection stays open.
            self._version = self._connection.execute("PRAGMA data_version").fetchone()
            self._database = database
        except sqlite3.Error:
            self.close()
            return True  # reading will raise the error
        return self._version != before

    def close(self) -> None:
        """Close the file; may be called twice."""
        if self._connection:
            self._connection.close()
            self._connection = self._version = None
