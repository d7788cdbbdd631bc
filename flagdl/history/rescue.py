"""A history whose files were deleted, replaced or damaged while it was open."""

import logging
import secrets
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

from flagdl.history.database import Files, connect, files_of, may_be_damage, real_path
from flagdl.history.owner import Owner
from flagdl.history.schema import Rescue, check, make_tables, set_aside
from flagdl.history.writer import HistoryError, Statement, execute

log = logging.getLogger(__name__)


def restore(
    path: Path,
    connection: sqlite3.Connection,
    opened: Files,
    newest: int,
    unended: Sequence[Statement],
) -> tuple[Owner, Rescue] | None:
    """Write the history again from what `connection` still has; `opened` are the files it opened.

    If the connection can't read them, a new history begins: with the jobs in `unended`, and with
    numbers above `newest`. A file in the history's place that may hold more is kept under another
    name. Returns the owner of the new file and what was done, or None where nothing was wrong.
    Raises sqlite3.Error where nothing can be written.
    """
    if files_of(path) == opened and _is_whole(path):
        return None
    path = real_path(path)
    copy = path.with_name(f"{path.name}.restored-{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        is_complete = _copy(connection, copy, newest, unended)
        # Owned before other processes can find the file.
        owner = Owner(copy)
        aside = set_aside(path, superfluous=opened if is_complete else ())
        copy.replace(path)
    except (OSError, HistoryError) as exc:
        raise sqlite3.OperationalError(str(exc)) from exc
    finally:
        with suppress(OSError):
            copy.unlink()
    log.warning(
        "%s was deleted, replaced or damaged while flagdl ran: %s%s",
        path,
        "it is written again, with all jobs" if is_complete else "a new history begins",
        f"; what was there is kept as {aside}" if aside else "",
    )
    return owner, Rescue(is_complete, aside)


def _is_whole(path: Path) -> bool:
    try:
        check(path)
    except sqlite3.Error as exc:
        if may_be_damage(exc):
            return False
        raise
    return True


def _copy(
    connection: sqlite3.Connection, copy: Path, newest: int, unended: Sequence[Statement]
) -> bool:
    """Copy what a connection has, or begin a new history; returns whether all was copied."""
    try:
        connection.execute("VACUUM INTO ?", (str(copy),))
        check(copy)
    except sqlite3.Error as exc:
        if not may_be_damage(exc):
            raise
        copy.unlink(missing_ok=True)
        make_tables(copy)
        with closing(connect(copy)) as new:
            new.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('jobs', ?)", (newest,))
            execute(new, unended)
        return False
    with closing(connect(copy)) as new:
        new.execute("PRAGMA journal_mode = WAL")
    return True
