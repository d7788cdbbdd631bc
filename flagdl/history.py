"""The log of every job in SQLite: a row per job, a row per event.

One thread writes, in transactions of whatever has come up since the last one; readers open
connections of their own, which write-ahead logging never blocks. So append() costs a job nothing,
and a reader that must see what has been appended calls flush() first.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from types import MappingProxyType
from typing import Any, NamedTuple

from flagdl.events import DownloadStatus, Event, JobFinished, JobStarted, JobState, event_from_dict
from flagdl.spec import JobSpec

# AUTOINCREMENT, because a deleted job's number must never come back under another job's link.
SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    created_at TEXT NOT NULL,
    spec TEXT NOT NULL,
    state TEXT NOT NULL,
    counts TEXT NOT NULL DEFAULT '{}',
    elapsed REAL NOT NULL DEFAULT 0,
    seq INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS events (
    job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (job_id, seq)
) WITHOUT ROWID;
"""
INSERT_EVENT = "INSERT INTO events (job_id, seq, event) VALUES (?, ?, ?)"
UNENDED = (JobState.PENDING.value, JobState.RUNNING.value)
NO_COUNTS: Mapping[DownloadStatus, int] = MappingProxyType({})


class JobRow(NamedTuple):
    """What the history knows of a job without reading its events."""

    id: str
    created_at: str
    spec: JobSpec
    state: JobState = JobState.PENDING
    counts: Mapping[DownloadStatus, int] = NO_COUNTS
    elapsed: float = 0
    seq: int = 0


class _Write(NamedTuple):
    sql: str
    params: Sequence[Any]
    done: Future[int | None] | None


class History:
    """The event log; safe from any thread, until `close()`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(self._connect()) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(SCHEMA)
        self._writes: SimpleQueue[_Write | None] = SimpleQueue()
        self._writer = threading.Thread(target=self._write_until_closed, name="flagdl-history")
        self._writer.start()

    def create(self, spec: JobSpec, keep: int) -> JobRow:
        """Record a new job and return its row; the oldest ended ones beyond `keep` are dropped."""
        created_at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        done = self._write(
            "INSERT INTO jobs (created_at, spec, state) VALUES (?, ?, ?)",
            (created_at, _dump(spec.to_dict()), JobState.PENDING.value),
        )
        row = JobRow(str(done.result()), created_at, spec)
        self._prune(keep)
        return row

    def append(self, job_id: str, event: Event) -> None:
        """Add an event to a job's log; returns at once, before it is written."""
        self._put(INSERT_EVENT, (int(job_id), event.seq, _dump(event.to_dict())))
        if isinstance(event, JobStarted):
            self._put("UPDATE jobs SET state = ? WHERE id = ?", (JobState.RUNNING, int(job_id)))
        elif isinstance(event, JobFinished):
            self._put(
                "UPDATE jobs SET state = ?, counts = ?, elapsed = ?, seq = ? WHERE id = ?",
                (event.state, _dump(event.counts), event.elapsed, event.seq, int(job_id)),
            )

    def flush(self) -> None:
        """Wait until everything appended so far is written."""
        self._write("SELECT 1").result()

    def job(self, job_id: str) -> JobRow | None:
        """Return one job, or None where there is no such job."""
        if not (job_id.isascii() and job_id.isdigit() and len(job_id) < 19):
            return None
        return next(self._rows("WHERE id = ?", (int(job_id),)), None)

    def jobs(self, limit: int, before: str | None = None) -> list[JobRow]:
        """Return the newest jobs, at most `limit`, and only those older than `before`."""
        if before is None:
            return list(self._rows("ORDER BY id DESC LIMIT ?", (limit,)))
        return list(self._rows("WHERE id < ? ORDER BY id DESC LIMIT ?", (int(before), limit)))

    def unended(self) -> list[JobRow]:
        """Return the jobs that a process which died left without an end."""
        return list(self._rows("WHERE state IN (?, ?) ORDER BY id", UNENDED))

    def events(self, job_id: str, since: int = 0) -> list[Event]:
        """Return a job's log after the event numbered `since`."""
        self.flush()
        with closing(self._connect()) as connection:
            rows = connection.execute(
                "SELECT event FROM events WHERE job_id = ? AND seq > ? ORDER BY seq",
                (int(job_id), since),
            ).fetchall()
        return [event_from_dict(json.loads(event)) for (event,) in rows]

    def delete(self, job_id: str) -> None:
        """Forget a job and its events."""
        self._write("DELETE FROM jobs WHERE id = ?", (int(job_id),)).result()

    def close(self) -> None:
        """Write what has been appended and stop; may be called twice."""
        self._writes.put(None)
        self._writer.join(timeout=5)

    def _prune(self, keep: int) -> None:
        self._put(
            "DELETE FROM jobs WHERE state NOT IN (?, ?)"
            " AND id <= (SELECT id FROM jobs ORDER BY id DESC LIMIT 1 OFFSET ?)",
            (*UNENDED, keep),
        )

    def _rows(self, where: str, params: Sequence[Any]) -> Iterator[JobRow]:
        self.flush()
        with closing(self._connect()) as connection:
            rows = connection.execute(
                # `where` is one of ours.
                f"SELECT id, created_at, spec, state, counts, elapsed, seq FROM jobs {where}",  # noqa: S608
                params,
            ).fetchall()
        for job_id, created_at, spec, state, counts, elapsed, seq in rows:
            yield JobRow(
                str(job_id),
                created_at,
                JobSpec.from_dict(json.loads(spec)),
                JobState(state),
                {DownloadStatus(status): n for status, n in json.loads(counts).items()},
                elapsed,
                seq,
            )

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=5, isolation_level=None)
        connection.execute("PRAGMA foreign_keys = ON")
        # Safe with WAL: a crash of the machine may lose the last moment, never the file.
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    def _put(self, sql: str, params: Sequence[Any]) -> None:
        self._writes.put(_Write(sql, params, None))

    def _write(self, sql: str, params: Sequence[Any] = ()) -> "Future[int | None]":
        done: Future[int | None] = Future()
        self._writes.put(_Write(sql, params, done))
        return done

    def _write_until_closed(self) -> None:
        with closing(self._connect()) as connection:
            while batch := _next_batch(self._writes):
                with _transaction(connection):
                    results = [connection.execute(w.sql, w.params).lastrowid for w in batch]
                for write, result in zip(batch, results, strict=True):
                    if write.done:
                        write.done.set_result(result)


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    # IMMEDIATE: a transaction that begins by reading fails at once where it has to wait.
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _next_batch(writes: SimpleQueue[_Write | None]) -> list[_Write]:
    """Return what waits to be written, and wait for it where nothing does; empty at the end."""
    batch: list[_Write] = []
    write = writes.get()
    while write is not None:
        batch.append(write)
        try:
            write = writes.get_nowait()
        except Empty:
            return batch
    if batch:
        # The end was met behind other writes: leave it for the next time.
        writes.put(None)
    return batch


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
