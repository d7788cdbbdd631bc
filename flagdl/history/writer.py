"""One thread that writes to an SQLite database; no other thread waits for the disk."""

import json
import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from itertools import groupby
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

from flagdl.history.database import BUSY_TIMEOUT, Files, connect, files_of, may_be_damage
from flagdl.system.threads import start_thread

log = logging.getLogger(__name__)

RETRY_INTERVAL = 1.0  # seconds, after a database that can't be written
GATHER = 0.02  # seconds: statements put meanwhile share a transaction, unless a caller waits


class HistoryError(Exception):
    """The history can't be read or written; the message says why."""


class Statement(NamedTuple):
    """A statement to execute; `done` gets its result if a caller waits for it.

    If `is_row`, `params` is one row. Queued rows with the same `sql` are executed together, as one
    JSON array: each execution releases the interpreter's lock and gets it back late.
    """

    sql: str
    params: Sequence[Any]
    done: "Future[int | None] | None" = None
    is_row: bool = False


class Writer:
    """Executes statements in order. Each transaction takes all that was put since the last one.

    Safe from any thread. Owns its thread and its connection, until `close()`. The connection keeps
    the database, even if its files are deleted, replaced or damaged. Then the writer's thread calls
    `restore` with the connection and its files; without `restore`, it opens the database again.
    """

    def __init__(
        self,
        path: Path,
        retry_interval: float = RETRY_INTERVAL,
        gather: float = GATHER,
        restore: Callable[[sqlite3.Connection, Files], None] | None = None,
    ) -> None:
        self._path = path
        self._restore = restore
        self._files = files_of(path)
        self._is_damaged = threading.Event()
        self._retry_interval = retry_interval
        self._gather = gather
        self._connection: sqlite3.Connection | None = None  # the thread's own
        self._queue: SimpleQueue[Sequence[Statement] | None] = SimpleQueue()
        self._hurry = threading.Event()
        self._thread = start_thread(self._run, "flagdl-history")

    def put(self, *statements: Statement) -> None:
        """Queue statements, to be executed together; they are tried until they succeed.

        Rows for different tables may be written in another order than they were put.
        """
        self._queue.put(statements)

    def execute(self, sql: str, params: Sequence[Any] = (), *others: Statement) -> int | None:
        """Execute a statement now and return the row's number; raises HistoryError.

        The others are executed with it: all of them or none.
        """
        return self._wait(Statement(sql, params, Future()), *others)

    def flush(self) -> None:
        """Wait until all queued statements are written; raises HistoryError."""
        self._wait(Statement("", (), Future()))

    def report_damage(self) -> None:
        """Have the database restored before the next write, because it can't be read."""
        self._is_damaged.set()

    def close(self) -> None:
        """Write what is queued and stop; may be called twice."""
        self._queue.put(None)
        self._hurry.set()
        self._thread.join(timeout=BUSY_TIMEOUT + self._retry_interval)

    def _wait(self, statement: Statement, *others: Statement) -> int | None:
        assert statement.done
        # The others get futures, too: a statement without one would be tried again after an error.
        self._queue.put([statement, *(other._replace(done=Future()) for other in others)])
        self._hurry.set()
        while True:
            try:
                return statement.done.result(timeout=self._retry_interval)
            except TimeoutError:
                if not self._thread.is_alive():
                    raise HistoryError("the history is closed") from None

    def _run(self) -> None:
        unwritten: list[Statement] = []
        ended = False
        while not ended:
            batch, ended = self._take(self._retry_interval if unwritten else None)
            unwritten = self._write([*unwritten, *batch])
        if unwritten:
            log.error("the history was closed with %d statements unwritten", len(unwritten))
        self._disconnect()

    def _take(self, timeout: float | None) -> tuple[list[Statement], bool]:
        """Return what is queued, after at most `timeout`, and whether this is the end."""
        batch: list[Statement] = []
        try:
            statements = self._queue.get(timeout=timeout)
            self._hurry.wait(self._gather)
            self._hurry.clear()
            while statements is not None:
                batch += statements
                statements = self._queue.get_nowait()
        except Empty:
            return batch, False
        return batch, True

    def _write(self, statements: Sequence[Statement]) -> list[Statement]:
        """Execute all statements or none; returns those to try again."""
        try:
            rows = self._transact(statements)
        except (sqlite3.Error, MemoryError) as exc:
            self._roll_back()
            if may_be_damage(exc):
                self.report_damage()
            # A lock, a full disk or full memory may pass, and a damaged file is restored; other
            # errors stay.
            passing = isinstance(exc, sqlite3.OperationalError | MemoryError)
            temporary = passing or may_be_damage(exc)
            if len(statements) > 1 and not temporary:
                # One of them is wrong; the others must still be written.
                return [s for statement in statements for s in self._write([statement])]
            log.warning("the history can't be written: %s", exc)
            for statement in statements:
                if statement.done:
                    statement.done.set_exception(
                        HistoryError(f"the history can't be written: {exc}")
                    )
            return [s for s in statements if s.done is None] if temporary else []
        for statement, row in zip(statements, rows, strict=True):
            if statement.done:
                statement.done.set_result(row)
        return []

    def _transact(self, statements: Sequence[Statement]) -> list[int | None]:
        self._connect()
        assert self._connection
        if not any(statement.sql for statement in statements):
            return [None] * len(statements)
        # IMMEDIATE, because a transaction that starts with a read fails at once if it must wait.
        self._connection.execute("BEGIN IMMEDIATE")
        rows = execute(self._connection, statements)
        self._connection.execute("COMMIT")
        return rows

    def _connect(self) -> None:
        """Open the database; open it again if its files are no longer the opened ones."""
        if self._connection and (self._is_damaged.is_set() or files_of(self._path) != self._files):
            if self._restore:
                self._restore(self._connection, self._files)
            self._is_damaged.clear()
            self._disconnect()
        if not self._connection:
            [database, *_] = files_of(self._path)
            self._connection = connect(self._path)
            self._files = (database, *files_of(self._path)[1:])

    def _roll_back(self) -> None:
        """End a failed transaction; closing the connection could lose data that only it has."""
        try:
            if self._connection and self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            self._disconnect()

    def _disconnect(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None


def execute(connection: sqlite3.Connection, statements: Sequence[Statement]) -> list[int | None]:
    """Execute statements, and return the row's number of each; raises sqlite3.Error."""
    numbers: list[int | None] = []
    for is_row, group in groupby(statements, key=lambda statement: statement.is_row):
        if not is_row:
            numbers += [connection.execute(each.sql, each.params).lastrowid for each in group]
            continue
        rows: dict[str, list[Sequence[Any]]] = {}
        for each in group:
            rows.setdefault(each.sql, []).append(each.params)
            numbers.append(None)
        for sql, values in rows.items():
            connection.execute(sql, (json.dumps(values),))
    return numbers
