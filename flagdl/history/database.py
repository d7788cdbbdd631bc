"""An SQLite database: connecting to it, its files, and what its errors mean."""

import os
import sqlite3
from pathlib import Path

BUSY_TIMEOUT = 2.0  # seconds to wait for another process's lock


def real_path(history: Path) -> Path:
    """Return the file that links lead to: all processes must use the same file.

    Links in a circle stay as they are; opening the file raises the error.
    """
    return Path(os.path.realpath(history))


def connect(path: Path, *, create: bool = False) -> sqlite3.Connection:
    """Return a connection for one thread, in autocommit mode; `create` makes a missing file."""
    # Absolute, because ":memory:" alone means no file to SQLite.
    uri = f"{path.absolute().as_uri()}?mode={'rwc' if create else 'rw'}"
    connection = sqlite3.connect(uri, timeout=BUSY_TIMEOUT, isolation_level=None, uri=True)
    # Invalid UTF-8 in one row must not keep the other rows from being read.
    connection.text_factory = lambda text: text.decode(errors="surrogateescape")
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        # Safe with WAL: a crash of the machine may lose the last moment, but not the file.
        connection.execute("PRAGMA synchronous = NORMAL")
        # The first read opens all files of the database, or raises the error.
        connection.execute("PRAGMA user_version").fetchone()
    except BaseException as exc:
        connection.close()
        if getattr(exc, "sqlite_errorcode", None) == sqlite3.SQLITE_IOERR_SHMSIZE:
            # SQLite calls it "disk I/O error".
            raise sqlite3.OperationalError("database or disk is full") from exc
        raise
    return connection


def may_be_damage(error: Exception) -> bool:
    """Return whether an error may mean that the file is not a database, or has no tables."""
    is_without_tables = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR
    return type(error) is sqlite3.DatabaseError or is_without_tables


Files = tuple[tuple[int, int] | None, ...]


def files_of(path: Path) -> Files:
    """Return the identities of a database's files; other ones mean that it was replaced."""
    return tuple(map(_file, beside(path)))


def beside(path: Path) -> list[Path]:
    """Return the database's file, and those that SQLite keeps beside it."""
    path = real_path(path)
    return [path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm")]


def _file(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino
