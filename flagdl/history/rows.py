"""Reading the history's file: it can hold anything, but what is returned here is valid."""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from flagdl.model.events import Event, JobFinished, JobState, event_from_dict, read_counts
from flagdl.model.job import JobRow, unreadable
from flagdl.model.reading import checked, is_whole, read_moment, read_object
from flagdl.model.spec import JobSpec

COLUMNS = (
    "id", "created_at", "spec", "state", "counts", "elapsed", "seq", "terminal", "returned",
    "retry_of", "after", "imported",
)  # fmt: skip
# What reading can raise.
WRONG = (KeyError, TypeError, ValueError)


def read_row(columns: Mapping[str, Any]) -> JobRow:
    """Return a job; one that can't be read says so."""
    job_id = str(columns["id"])
    try:
        return _row(job_id, columns)
    except WRONG as exc:
        # A newer flagdl may have written it. Other jobs are not affected.
        return unreadable(job_id, f"job {job_id} can't be read: {exc}")


def read_events(texts: Iterable[object]) -> list[Event]:
    """Return the events of a log; raises one of WRONG."""
    events = [event_from_dict(read_object(text)) for text in texts]
    if any(one.seq >= other.seq for one, other in pairwise(events)):
        raise ValueError("its events are not in order")
    # A job ends once. But if its lock file was deleted, it was ended as dead and went on writing.
    ends = [at for at, event in enumerate(events, 1) if isinstance(event, JobFinished)]
    return events[: ends[0]] if ends else events


def _row(job_id: str, columns: Mapping[str, Any]) -> JobRow:
    terminal = columns["terminal"]
    # The text becomes a part of a file's name.
    if terminal and not (terminal.isascii() and terminal.isalnum()):
        raise ValueError(f"terminal can't be {terminal!r:.80}")
    read = {
        "id": job_id,
        "created_at": read_moment(columns["created_at"]),
        "spec": JobSpec.from_dict(read_object(columns["spec"])),
        "state": JobState(columns["state"]),
        "counts": read_counts(read_object(columns["counts"])),
        "retry_of": _other_job(columns["retry_of"]),
        "after": _other_job(columns["after"]),
        "imported": bool(columns["imported"]),
    }
    return checked(JobRow, {**columns, **read})


def _other_job(number: object) -> str | None:
    if number is not None and not is_whole(number):
        raise ValueError(f"a job can't have the number {number!r:.80}")
    return None if number is None else str(number)
