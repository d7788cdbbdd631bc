"""The log of every job in SQLite: a row per job, a row per event.

One thread writes, so a job does not wait in append(). A reader waits until everything appended
before is written, and opens its own connection, which write-ahead logging never blocks.

The dashboard owns the file. Runs in terminals write to it, too, each its own job.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flagdl.history.database import Files, connect, may_be_damage
from flagdl.history.owner import Owner
from flagdl.history.rescue import restore
from flagdl.history.rows import COLUMNS, WRONG, read_events, read_row
from flagdl.history.schema import Rescue, prepare
from flagdl.history.writer import GATHER, RETRY_INTERVAL, HistoryError, Statement, Writer
from flagdl.model.events import (
    DownloadStatus,
    Event,
    FlagDone,
    FlagResult,
    JobFinished,
    JobStarted,
    JobState,
)
from flagdl.model.job import JobRow
from flagdl.model.log import Log
from flagdl.model.parsing import LARGEST_NUMBER, whole_number
from flagdl.model.reading import timestamp
from flagdl.model.spec import JobSpec

NEWEST = LARGEST_NUMBER  # more than the number of any job
PRUNE = """
DELETE FROM jobs WHERE state NOT IN ('pending', 'running')
AND id <= (SELECT id FROM jobs ORDER BY id DESC LIMIT 1 OFFSET ?)
"""
INSERT_JOB = """
INSERT INTO jobs (id, created_at, spec, state, terminal, retry_of, after)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""
INSERT_EVENTS = """
INSERT INTO events (job_id, seq, event)
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]')
FROM json_each(?)
"""
INSERT_IMPORTED = """
INSERT INTO jobs (created_at, spec, state, counts, returned, elapsed, seq, imported)
VALUES (?, ?, ?, ?, ?, ?, ?, TRUE)
"""
# `events` has no rowid, so last_insert_rowid() is still that of the job.
INSERT_ITS_EVENTS = """
INSERT INTO events (job_id, seq, event)
SELECT last_insert_rowid(), json_extract(value, '$[0]'), json_extract(value, '$[1]')
FROM json_each(?)
"""
INSERT_SAVED = """
INSERT INTO saved (cc, job_id)
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?) WHERE true
ON CONFLICT (cc) DO UPDATE SET job_id = excluded.job_id
"""


class BrokenLog(HistoryError):
    """The record of one job can't be read; other jobs are not affected."""


class History:
    """The event log; safe from any thread, until `close()`.

    One process at a time owns the file: the dashboard. Others may write to it, too. The owner sets
    a file aside that is not a database. Raises HistoryError if another process owns the file, or if
    it can't be used. Every method but append() raises HistoryError if the file can't be read or
    written.
    """

    def __init__(
        self,
        path: Path,
        *,
        owned: bool = True,
        retry_interval: float = RETRY_INTERVAL,
        gather: float = GATHER,
    ) -> None:
        self.path = path
        self._newest = 0  # the number of the newest job that this process created
        # The statements about jobs that this process created and that have not ended, by number.
        self._unended: dict[int, list[Statement]] = {}
        self._owner = Owner(path) if owned else None
        self._rescue: Rescue | None = None
        try:
            if rescue := prepare(path, owned=owned):
                self._own(Owner(path), rescue)
            self._writer = Writer(path, retry_interval, gather, self._restore if owned else None)
        except BaseException:
            self._release()
            raise

    @property
    def rescue(self) -> Rescue | None:
        """What was done about a damaged file; None once the file that was kept is deleted."""
        aside = self._rescue and self._rescue.aside
        return self._rescue if aside is None or aside.exists() else None

    def create(
        self,
        spec: JobSpec,
        keep: int,
        terminal: str = "",
        retry_of: str | None = None,
        after: str | None = None,
    ) -> JobRow:
        """Record a new job and return its row; the oldest ended ones beyond `keep` are dropped."""
        created_at = timestamp(datetime.now(UTC))
        values = (created_at, _dump(spec.to_dict()), JobState.PENDING, terminal, retry_of, after)
        job_id = self._writer.execute(INSERT_JOB, (None, *values))
        assert job_id
        self._newest = max(self._newest, job_id)
        self._unended[job_id] = [Statement(INSERT_JOB, (job_id, *values))]
        self._writer.put(Statement(PRUNE, (keep,)))
        return JobRow(
            str(job_id), created_at, spec, terminal=terminal, retry_of=retry_of, after=after
        )

    def import_log(self, log: Log, keep: int) -> str:
        """Record a job that another flagdl did, all of it or nothing, and return its id."""
        end, events = log.end, [(event.seq, event.json) for event in log.events]
        values = (log.created_at, _dump(log.spec.to_dict()), *_how_it_ended(end))
        its_events = Statement(INSERT_ITS_EVENTS, (json.dumps(events),))
        job_id = self._writer.execute(INSERT_IMPORTED, values, its_events)
        assert job_id
        self._newest = max(self._newest, job_id)
        self._writer.put(Statement(PRUNE, (keep,)))
        return str(job_id)

    def append(self, job_id: str, event: Event) -> None:
        """Add an event to a job's log; returns at once, before it is written."""
        number = int(job_id)
        event_row = Statement(INSERT_EVENTS, (number, event.seq, event.json), is_row=True)
        # Together: an end in the log alone would leave the job running for ever.
        statements = [event_row, *_consequences(number, event)]
        self._writer.put(*statements)
        if isinstance(event, JobFinished):
            self._unended.pop(number, None)
        elif earlier := self._unended.get(number):
            earlier += statements

    def job(self, job_id: str) -> JobRow | None:
        """Return one job, or None where there is no such job."""
        number = whole_number(job_id)
        # "007" is not job 7.
        if number is None or str(number) != job_id:
            return None
        return next(self._rows("WHERE id = ?", (number,)), None)

    def jobs(self, limit: int, before: int = NEWEST) -> list[JobRow]:
        """Return the newest jobs, at most `limit`, and only those with a number below `before`."""
        return list(self._rows("WHERE id < ? ORDER BY id DESC LIMIT ?", (before, limit)))

    def retries(self, job_id: str) -> list[str]:
        """Return the jobs that retry a job, oldest first."""
        return [row.id for row in self._rows("WHERE retry_of = ? ORDER BY id", (int(job_id),))]

    def existing(self, job_ids: Iterable[str]) -> list[str]:
        """Return the jobs among these that still exist, oldest first."""
        numbers = json.dumps([int(job_id) for job_id in job_ids])
        rows = self._rows("WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id", (numbers,))
        return [row.id for row in rows]

    def unended(self) -> list[JobRow]:
        """Return the jobs of all processes that have not ended, without unreadable ones."""
        # Literals, because SQLite uses the partial index only for them.
        rows = self._rows("WHERE state IN ('pending', 'running') ORDER BY id", ())
        return [row for row in rows if not row.problem]

    def savers(self) -> dict[str, str]:
        """Return which job saved a flag last, by code; deleted jobs are left out."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT cc, job_id FROM saved WHERE typeof(job_id) = 'integer'"
            ).fetchall()
        return {cc: str(job_id) for cc, job_id in rows}

    def events(self, job_id: str, since: int = 0) -> list[Event]:
        """Return a job's log after the event numbered `since`; raises BrokenLog."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT event FROM events WHERE job_id = ? AND seq > ? ORDER BY seq",
                (int(job_id), since),
            ).fetchall()
        try:
            return read_events(event for (event,) in rows)
        except WRONG as exc:
            raise BrokenLog(f"the log of job {job_id} can't be read: {exc}") from exc

    def give_up(self, job_id: str, total: int) -> None:
        """Mark a job as interrupted, with all codes cancelled: its log can't be read."""
        counts = _dump({DownloadStatus.CANCELLED: total})
        self._writer.execute(
            "UPDATE jobs SET state = ?, counts = ? WHERE id = ?",
            (JobState.INTERRUPTED, counts, int(job_id)),
        )

    def delete(self, job_id: str) -> None:
        """Delete a job and its events."""
        self._writer.execute("DELETE FROM jobs WHERE id = ?", (int(job_id),))

    def flush(self) -> None:
        """Wait until all appended events are written."""
        self._writer.flush()

    def close(self) -> None:
        """Write the appended events and stop; may be called twice."""
        self._writer.close()
        self._release()

    def _release(self) -> None:
        if self._owner:
            self._owner.release()

    def _own(self, owner: Owner, rescue: Rescue) -> None:
        self._release()
        self._owner, self._rescue = owner, rescue

    def _restore(self, connection: sqlite3.Connection, opened: Files) -> None:
        """Restore the file (the writer's thread); raises sqlite3.Error."""
        unended = [statement for of_job in list(self._unended.values()) for statement in of_job]
        if restored := restore(self.path, connection, opened, self._newest, unended):
            self._own(*restored)

    def _rows(self, where: str, params: Sequence[Any]) -> Iterator[JobRow]:
        with self._reading() as connection:
            # `where` is never a caller's text.
            sql = f"SELECT {', '.join(COLUMNS)} FROM jobs {where}"  # noqa: S608
            rows = connection.execute(sql, params).fetchall()
        for row in rows:
            yield read_row(dict(zip(COLUMNS, row, strict=True)))

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        self._writer.flush()
        try:
            with closing(connect(self.path)) as connection:
                yield connection
        except sqlite3.Error as exc:
            if may_be_damage(exc):
                self._writer.report_damage()
            raise HistoryError(f"the history can't be read: {exc}") from exc


def _consequences(job_id: int, event: Event) -> Iterator[Statement]:
    """Yield the other statements that an event leads to."""
    match event:
        case FlagDone(result=FlagResult(cc=cc, status=DownloadStatus.OK)):
            yield Statement(INSERT_SAVED, (cc, job_id), is_row=True)
        case JobStarted():
            yield Statement("UPDATE jobs SET state = ? WHERE id = ?", (JobState.RUNNING, job_id))
        case JobFinished():
            yield Statement(
                "UPDATE jobs SET state = ?, counts = ?, returned = ?, elapsed = ?, seq = ?"
                " WHERE id = ?",
                (*_how_it_ended(event), job_id),
            )


def _how_it_ended(end: JobFinished) -> tuple[object, ...]:
    return end.state, _dump(end.counts), end.returned, end.elapsed, end.seq


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
