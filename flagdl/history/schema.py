"""The tables of the history's file: made if the file is missing, older or broken."""

import logging
import sqlite3
from collections.abc import Collection
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from flagdl.history.database import beside, connect, real_path
from flagdl.history.writer import HistoryError

log = logging.getLogger(__name__)

# Raise it with every change of the tables.
VERSION = 5
# AUTOINCREMENT: a deleted job's number must not be used again, because links contain it.
# `saved` names the job that saved a flag last; deleting the job deletes the row.
TABLES = (
    """
CREATE TABLE IF NOT EXISTS jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    created_at TEXT NOT NULL,
    spec TEXT NOT NULL,
    state TEXT NOT NULL,
    counts TEXT NOT NULL DEFAULT '{}',
    elapsed REAL NOT NULL DEFAULT 0,
    seq INTEGER NOT NULL DEFAULT 0
)
""",
    "CREATE INDEX IF NOT EXISTS unended ON jobs (id) WHERE state IN ('pending', 'running')",
    """
CREATE TABLE IF NOT EXISTS events (
    job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (job_id, seq)
) WITHOUT ROWID
""",
    """
CREATE TABLE IF NOT EXISTS saved (
    cc TEXT PRIMARY KEY,
    job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE
) WITHOUT ROWID
""",
)
# Columns that older files lack.
NEW_COLUMNS = {
    "terminal": "TEXT NOT NULL DEFAULT ''",
    "returned": "INTEGER NOT NULL DEFAULT 0",
    "retry_of": "INTEGER",
    "after": "INTEGER",
    "imported": "INTEGER NOT NULL DEFAULT 0",
}
# In logs of version 1, done means returned too.
COUNT_RETURNED = """
UPDATE jobs SET returned = coalesce((SELECT sum(value) FROM json_each(counts)), 0)
WHERE json_valid(counts)
"""


class Rescue(NamedTuple):
    """What became of a damaged history: whether all jobs were kept, and where the old file is."""

    is_complete: bool
    aside: Path | None


def prepare(path: Path, *, owned: bool) -> Rescue | None:
    """Create missing tables and columns; raises HistoryError.

    If the file is damaged or is not a database, its owner sets it aside and begins a new one.
    Returns what was done in this case.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _refuse_unusable(path)
        make_tables(path)
        if owned:
            check(path)
    except OSError as exc:
        raise HistoryError(f"{path} can't be used: {exc.strerror or exc}") from exc
    except sqlite3.DatabaseError as exc:
        if not owned or isinstance(exc, sqlite3.OperationalError):
            raise HistoryError(f"{path} can't be used: {exc}") from exc
        try:
            aside = set_aside(path)
            make_tables(path)
        except (OSError, sqlite3.Error) as further:
            raise HistoryError(f"{path} can't be used: {exc}; {further}") from further
        log.warning("%s: %s; it is kept as %s, and a new history begins", path, exc, aside)
        return Rescue(is_complete=False, aside=aside)
    return None


def _refuse_unusable(path: Path) -> None:
    """Refuse a directory, and a file with two names.

    SQLite would write a -wal file for each name, and destroy the database.
    """
    if path.is_dir():
        raise HistoryError(f"{path} can't be used: Is a directory")
    if path.exists() and path.stat().st_nlink > 1:
        raise HistoryError(
            f"{path} has another name (a hard link), and SQLite can be used under one only: copy"
            " the file, and use the copy"
        )


def make_tables(path: Path) -> None:
    """Make the tables, if they are not there; raises HistoryError for those of a newer flagdl."""
    with closing(connect(path, create=True)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise HistoryError(
                f"{path} was written by a newer flagdl (format {version}, not {VERSION}): update"
                " this one, or give it a history of its own with FLAGDL_HISTORY"
            )
        if version == VERSION:
            return
        connection.execute("PRAGMA journal_mode = WAL")
        # IMMEDIATE: if two processes come at the same time, one of them creates the tables.
        connection.execute("BEGIN IMMEDIATE")
        for table in TABLES:
            connection.execute(table)
        columns = {name for _, name, *_ in connection.execute("PRAGMA table_info (jobs)")}
        for name in NEW_COLUMNS.keys() - columns:
            connection.execute(f"ALTER TABLE jobs ADD COLUMN {name} {NEW_COLUMNS[name]}")
        if version < 2:
            connection.execute(COUNT_RETURNED)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")


def check(path: Path) -> None:
    """Raise DatabaseError if the file is damaged; reads all of it, 2 ms per MB."""
    with closing(connect(path)) as connection:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        connection.execute("SELECT 1 FROM jobs LIMIT 1")
    if verdict != "ok":
        raise sqlite3.DatabaseError(verdict.replace("\n", " "))


def set_aside(path: Path, superfluous: Collection[object] = ()) -> Path | None:
    """Rename a database's files and return the first; the `superfluous` files are removed.

    -shm is removed, too: it is only an index of -wal.
    """
    path, aside = real_path(path), None
    name = f"{path.name}.broken-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    # The -wal and -shm files too: SQLite would apply them to the new database.
    for file in beside(path):
        stat = file.stat() if file.exists() else None
        is_index = file.name.endswith("-shm")
        if stat and (is_index or not stat.st_size or (stat.st_dev, stat.st_ino) in superfluous):
            file.unlink()
        elif stat:
            kept = file.rename(path.with_name(name + file.name.removeprefix(path.name)))
            aside = aside or kept
    return aside
