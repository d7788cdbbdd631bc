"""The log of every job in SQLite: a row per job, a row per event.

One thread writes; readers open connections of their own, which write-ahead logging never blocks,
and first wait for what has been appended before. So append() costs a job nothing.
"""

import json
import logging
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from filelock import FileLock, Timeout

from flagdl.events import (
    DownloadStatus,
    Event,
    JobFinished,
    JobStarted,
    JobState,
    event_from_dict,
)
from flagdl.spec import JobSpec
from flagdl.writer import HistoryError, Writer, connect

log = logging.getLogger(__name__)

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
PRUNE = """
DELETE FROM jobs WHERE state NOT IN (?, ?)
AND id <= (SELECT id FROM jobs ORDER BY id DESC LIMIT 1 OFFSET ?)
"""
INSERT_EVENTS = """
INSERT INTO events (job_id, seq, event)
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]')
FROM json_each(?)
"""
# A worker whose master was killed needs a moment to notice, and to let go of the history.
OWNED_WITHIN = 2.0
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


class History:
    """The event log; safe from any thread, until `close()`.

    One process owns the file at a time. Raises HistoryError where another does, and where the
    file can't be used; one that is no database is set aside and a new one begun. Every method
    but append() raises HistoryError where the file can't be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = _own(path)
        try:
            _prepare(path)
        except BaseException:
            self._lock.release()
            raise
        self._writer = Writer(path)

    def create(self, spec: JobSpec, keep: int) -> JobRow:
        """Record a new job and return its row; the oldest ended ones beyond `keep` are dropped."""
        created_at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        job_id = self._writer.execute(
            "INSERT INTO jobs (created_at, spec, state) VALUES (?, ?, ?)",
            (created_at, _dump(spec.to_dict()), JobState.PENDING),
        )
        self._writer.put(PRUNE, (*UNENDED, keep))
        return JobRow(str(job_id), created_at, spec)

    def append(self, job_id: str, event: Event) -> None:
        """Add an event to a job's log; returns at once, before it is written."""
        self._writer.put_row(INSERT_EVENTS, (int(job_id), event.seq, _dump(event.to_dict())))
        if isinstance(event, JobStarted):
            self._writer.put(
                "UPDATE jobs SET state = ? WHERE id = ?", (JobState.RUNNING, int(job_id))
            )
        elif isinstance(event, JobFinished):
            self._writer.put(
                "UPDATE jobs SET state = ?, counts = ?, elapsed = ?, seq = ? WHERE id = ?",
                (event.state, _dump(event.counts), event.elapsed, event.seq, int(job_id)),
            )

    def job(self, job_id: str) -> JobRow | None:
        """Return one job, or None where there is no such job."""
        # One spelling each, or "007" would be another job than the live one called "7".
        if not (job_id.isascii() and job_id.isdigit() and job_id[0] != "0" and len(job_id) < 19):
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
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT event FROM events WHERE job_id = ? AND seq > ? ORDER BY seq",
                (int(job_id), since),
            ).fetchall()
        return [event_from_dict(json.loads(event)) for (event,) in rows]

    def delete(self, job_id: str) -> None:
        """Forget a job and its events."""
        self._writer.execute("DELETE FROM jobs WHERE id = ?", (int(job_id),))

    def close(self) -> None:
        """Write what has been appended and stop; may be called twice."""
        self._writer.close()
        self._lock.release()

    def _rows(self, where: str, params: Sequence[Any]) -> Iterator[JobRow]:
        with self._reading() as connection:
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

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        self._writer.flush()
        try:
            with closing(connect(self._path)) as connection:
                yield connection
        except sqlite3.Error as exc:
            raise HistoryError(f"the history can't be read: {exc}") from exc


def _own(path: Path) -> FileLock:
    """Return the lock that says that this process owns the history."""
    # Not the thread owns it but the process: another thread may close the history.
    lock = FileLock(f"{path}.lock", timeout=OWNED_WITHIN, thread_local=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise HistoryError(
            f"{path} is in use by another flagdl: stop that one, or give this one a history"
            " of its own with FLAGDL_HISTORY"
        ) from None
    except OSError as exc:
        raise HistoryError(f"{path} can't be used: {exc.strerror or exc}") from exc
    return lock


def _prepare(path: Path) -> None:
    """Make the tables where there are none."""
    try:
        _make_tables(path)
    except sqlite3.OperationalError as exc:
        raise HistoryError(f"{path} can't be used: {exc}") from exc
    except sqlite3.DatabaseError as exc:
        aside = _set_aside(path)
        log.warning("%s: %s; it is kept as %s, and a new history begins", path, exc, aside)
        _make_tables(path)


def _make_tables(path: Path) -> None:
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(SCHEMA)


def _set_aside(path: Path) -> Path:
    aside = path.with_name(f"{path.name}.broken-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
    # Its companions too: beside another database they would be taken for that one's.
    for suffix in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    return aside


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
