"""Results and events: what happened to each flag, and what happened in a job.

The events travel unchanged to the terminal, the history and the browser, so a job is what its
events say. Times are seconds since the job began, on a monotonic clock; sizes are bytes.

This is version 2. Logs of version 1 have no FlagReturned: a flag was only reported when its result
was returned. Reading one, `event_from_dict()` sets `FlagDone.returned`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cached_property
from typing import Any, ClassVar, NotRequired, get_type_hints

from flagdl.model.reading import checked, is_whole


class DownloadStatus(StrEnum):
    """How the download of one flag ended."""

    OK = "ok"
    NOT_FOUND = "not_found"
    ERROR = "error"
    CANCELLED = "cancelled"


class JobState(StrEnum):
    """Where a job is in its life; the names follow `concurrent.futures`."""

    PENDING = "pending"
    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    UNREADABLE = "unreadable"  # its record in the history is damaged; this state is never written

    @property
    def ended(self) -> bool:
        """Whether a job in this state is over."""
        return self not in (JobState.PENDING, JobState.RUNNING)


@dataclass(frozen=True)
class FlagResult:
    """How one flag ended; `worker` numbers the job's threads, or its slots, from 0.

    A time is None where that never happened: `started` (a worker took the code), `sent` (connected,
    the request was sent), `first_byte`, `received` (the last byte), `finished` (checked and saved,
    or given up). Where there was more than one attempt, `sent` to `received` are the last one's.
    """

    cc: str
    status: DownloadStatus
    detail: str
    bytes: int = 0
    attempts: int = 0
    worker: int | None = None
    started: float | None = None
    sent: float | None = None
    first_byte: float | None = None
    received: float | None = None
    finished: float | None = None


@dataclass(frozen=True)
class Event:
    """Something that happened in a job: `seq` counts 1, 2, 3 …, `t` is when, in seconds."""

    type: ClassVar[str]
    seq: int
    t: float

    def to_dict(self) -> dict[str, Any]:
        """Return the event as it is written to the history and sent to browsers."""
        return {"type": self.type, **{f.name: getattr(self, f.name) for f in fields(self)}}

    @classmethod
    def types(cls) -> dict[str, Any]:
        """Return the types of what `to_dict()` writes, by name, without `type` itself."""
        hints = get_type_hints(cls)
        return {field.name: hints[field.name] for field in fields(cls)}

    @cached_property
    def json(self) -> str:
        """The event as JSON, encoded once for the history and all browsers."""
        return json.dumps(self.to_dict(), separators=(",", ":"))


@dataclass(frozen=True)
class JobStarted(Event):
    """The job left the queue; `site` is the server's base URL, `max_req` the real concurrency."""

    type: ClassVar[str] = "job_started"
    total: int
    site: str
    max_req: int


@dataclass(frozen=True)
class FlagStarted(Event):
    """A worker took a code; `t` is the result's `started`.

    On a cluster, `place` is where the worker is, as process@machine. Then `t` can be earlier than
    that of the event before, because reports take time.
    """

    type: ClassVar[str] = "flag_started"
    cc: str
    worker: int
    place: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the event, with its place where there is one."""
        data = super().to_dict()
        return data if self.place else {k: v for k, v in data.items() if k != "place"}

    @classmethod
    def types(cls) -> dict[str, Any]:
        """Return the fields on the wire."""
        return {**super().types(), "place": NotRequired[str]}


@dataclass(frozen=True)
class FlagDone(Event):
    """A flag's future is done; `t` is the result's `finished`, if a worker took the code.

    On the wire the result's fields stand beside `seq` and `t`. `returned` is only set in logs of
    version 1, where one event stands for both.
    """

    type: ClassVar[str] = "flag_done"
    result: FlagResult
    returned: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the event with its result's fields unfolded."""
        data = {"type": self.type, "seq": self.seq, "t": self.t, **vars(self.result)}
        return data if self.returned is None else {**data, "returned": self.returned}

    @classmethod
    def types(cls) -> dict[str, Any]:
        """Return the types of the unfolded fields."""
        types = {**super().types(), **get_type_hints(FlagResult), "returned": NotRequired[float]}
        del types["result"]
        return types


@dataclass(frozen=True)
class FlagReturned(Event):
    """The strategy handed the result of a code to the main thread."""

    type: ClassVar[str] = "flag_returned"
    cc: str


@dataclass(frozen=True)
class JobFinished(Event):
    """The job ended: every code is accounted for in `counts`.

    `returned` is how many results came back; `detail` says why it failed, or what it lacked.
    """

    type: ClassVar[str] = "job_finished"
    state: JobState
    counts: Mapping[DownloadStatus, int]
    elapsed: float
    detail: str = ""
    returned: int = 0


def all_counts(counts: Mapping[DownloadStatus, int]) -> dict[DownloadStatus, int]:
    """Return the counts of all statuses, with zeros for the missing ones."""
    return {status: counts.get(status, 0) for status in DownloadStatus}


def read_counts(data: object) -> dict[DownloadStatus, int]:
    """Return the counts that were written as JSON; raises ValueError for anything else."""
    if not isinstance(data, Mapping):
        raise ValueError("counts must be an object")
    counts = {DownloadStatus(status): number for status, number in data.items()}
    if not all(map(is_whole, counts.values())):
        raise ValueError("a count is not a whole number")
    return counts


def event_from_dict(data: Mapping[str, Any]) -> Event:
    """Return the event that `to_dict()` wrote.

    Raises KeyError, TypeError or ValueError for anything else.
    """
    values = dict(data)
    match values.pop("type"):
        case JobStarted.type:
            return checked(JobStarted, values)
        case FlagStarted.type:
            return checked(FlagStarted, values)
        case FlagDone.type:
            return _flag_done(values)
        case FlagReturned.type:
            return checked(FlagReturned, values)
        case JobFinished.type:
            return _job_finished(values)
        case other:
            raise ValueError(f"no event is called {other!r:.80}")


def _flag_done(values: dict[str, Any]) -> FlagDone:
    event = {name: values.pop(name) for name in ("seq", "t")}
    returned = values.pop("returned", event["t"] if "sent" not in values else None)
    result = checked(FlagResult, {**values, "status": DownloadStatus(values["status"])})
    if result.started is not None and result.finished is None:
        raise ValueError(f"{result.cc} has started, and finished is None")
    return checked(FlagDone, {**event, "result": result, "returned": returned})


def _job_finished(values: dict[str, Any]) -> JobFinished:
    counts = read_counts(values["counts"])
    state = JobState(values["state"])
    if not state.ended:
        raise ValueError(f"a job that is {state} has not finished")
    returned = values.get("returned", sum(counts.values()))
    return checked(JobFinished, {**values, "state": state, "counts": counts, "returned": returned})
