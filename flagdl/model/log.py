"""A job's log as one JSON document, which one flagdl writes and another one reads.

The file may come from a stranger. What an engine would not have written is refused, because the
pages trust what is read here.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Annotated, Any, NamedTuple, TypedDict

from flagdl.model.events import (
    DownloadStatus,
    Event,
    FlagDone,
    FlagResult,
    FlagReturned,
    FlagStarted,
    JobFinished,
    JobStarted,
    JobState,
    all_counts,
    event_from_dict,
)
from flagdl.model.job import JobRow, Summary, summary
from flagdl.model.reading import read_moment
from flagdl.model.spec import CLUSTER, JobSpec

VERSION = 2  # of the events
MOST_BYTES = 16 * 1024 * 1024
# A log has three events for each of at most 676 codes, and a few more. On a cluster, a code whose
# worker died starts again.
MOST_OBJECTS = 3000
MOST_LETTERS = 10_000


class LogError(ValueError):
    """A log can't be read; the message says why."""


class NoLog(LogError):
    """The file is not a log."""


class NoJson(NoLog):
    """A log is not even JSON."""


class Log(NamedTuple):
    """A log that was read; its last event is `end`."""

    created_at: str
    spec: JobSpec
    events: list[Event]
    end: JobFinished


class LogFile(TypedDict):
    """The log of an ended job, as one flagdl sends it and another imports it."""

    version: Annotated[int, f"Of the events: {VERSION}."]
    job: Annotated[Summary, "Of what it says, `created_at` and `spec` are imported."]
    events: list[Event]


def log_of(row: JobRow, events: Iterable[Event]) -> dict[str, Any]:
    """Return the log of a job, as JSON: a LogFile."""
    written = [event.to_dict() for event in events]
    return {"version": VERSION, "job": summary(row), "events": written}


def read_log(data: bytes) -> Log:
    """Return the log that `log_of()` wrote, of a job that has ended; raises LogError."""
    document = _parse(data)
    if document.get("version") != VERSION:
        kind = LogError if "version" in document else NoLog
        raise kind(f"its version is {document.get('version')!r:.80}, and not {VERSION}")
    try:
        created_at = read_moment(document["job"]["created_at"])
        spec = JobSpec.from_dict(document["job"]["spec"])
        events = [event_from_dict(event) for event in document["events"]]
        return Log(created_at, spec, events, _check(spec, events))
    except KeyError as exc:
        raise LogError(f"there is no {exc.args[0]}") from exc
    except (TypeError, ValueError) as exc:
        raise LogError(str(exc)) from exc


def _parse(data: bytes) -> dict[str, Any]:
    if len(data) > MOST_BYTES:
        raise LogError(f"it has more than {MOST_BYTES // 2**20} MiB")
    try:
        document = json.loads(data, object_hook=_limited(), parse_constant=_refuse_constant)
    except LogError:
        raise
    except RecursionError as exc:
        raise NoJson("the JSON is nested too deeply") from exc
    except ValueError as exc:
        raise NoJson(f"it is not JSON: {exc}") from exc
    if not isinstance(document, dict):
        raise NoLog("it is not a JSON object")
    return document


def _limited() -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return a function that takes the objects of a document, up to MOST_OBJECTS of them."""
    met = 0

    def take(found: dict[str, Any]) -> dict[str, Any]:
        nonlocal met
        met += 1
        if met > MOST_OBJECTS:
            raise LogError("it has more events than any job")
        if any(isinstance(text, str) and len(text) > MOST_LETTERS for text in found.values()):
            raise LogError(f"a text has more than {MOST_LETTERS:,} letters")
        return found

    return take


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number in JSON")


def _check(spec: JobSpec, events: Iterable[Event]) -> JobFinished:
    """Return the last event of a log; raises ValueError where the events can't be of one job."""
    course = _Course(spec)
    for event in events:
        try:
            course.take(event)
        except ValueError as exc:
            raise ValueError(f"event {event.seq} ({event.type}) is wrong: {exc}") from exc
    if course.end is None:
        raise ValueError("it has no end: it was cut, or the job had not ended")
    return course.end


class _Course:
    """How far the events of a job have come."""

    def __init__(self, spec: JobSpec) -> None:
        self._spec = spec
        self._on_cluster = spec.executor == CLUSTER
        # A cluster has any number of threads. Each one is numbered when it first takes a code.
        self._workers = MOST_OBJECTS if self._on_cluster else spec.concurrency
        self._seq, self._t = 0, 0.0
        self._began = False
        self.end: JobFinished | None = None
        # Three sets: the codes that can be started next, done next and returned next.
        self._waiting = set(spec.codes)
        self._open = set(spec.codes)
        self._held: set[str] = set()
        self._counts: Counter[DownloadStatus] = Counter()
        self._returned = 0

    def take(self, event: Event) -> None:
        """Take the next event; raises ValueError if it can't be the next one."""
        if self.end:
            raise ValueError("the job had ended")
        if event.seq <= self._seq or (event.t < self._t and not self._can_be_late(event)):
            raise ValueError("it is not in order")
        match event:
            case JobStarted():
                self._begin(event)
            case FlagStarted(cc=cc, worker=worker):
                self._start(cc, worker)
            case FlagDone():
                self._done(event.result, event.t, is_returned=event.returned is not None)
            case FlagReturned(cc=cc):
                _take(self._held, cc)
                self._returned += 1
            case JobFinished():
                self._finish(event)
        self._seq, self._t = event.seq, max(self._t, event.t)

    def _can_be_late(self, event: Event) -> bool:
        """Return whether an event can be dated before earlier ones: see FlagStarted."""
        return self._on_cluster and isinstance(event, FlagStarted)

    def _begin(self, event: JobStarted) -> None:
        if self._seq:
            raise ValueError("it is not the first")
        if (event.total, event.max_req) != (len(self._spec.codes), self._spec.concurrency):
            raise ValueError("it does not fit the job")
        self._began = True

    def _start(self, cc: str, worker: int) -> None:
        _take(self._waiting, cc)
        self._check_worker(worker)
        if self._on_cluster:
            self._waiting.add(cc)  # if its worker dies, it starts again

    def _check_worker(self, worker: int) -> None:
        if not self._began:
            raise ValueError("the job had not started")
        if worker >= self._workers:
            raise ValueError(f"there is no worker {worker}")

    def _done(self, result: FlagResult, t: float, *, is_returned: bool) -> None:
        _take(self._open, result.cc)
        self._waiting.discard(result.cc)
        if result.worker is not None:
            self._check_worker(result.worker)
        times = (result.started, result.sent, result.first_byte, result.received, result.finished)
        known = [time for time in (*times, t) if time is not None]
        if any(one > other for one, other in pairwise(known)):
            raise ValueError("its times are not in order")
        self._counts[result.status] += 1
        self._returned += is_returned
        if not is_returned:
            self._held.add(result.cc)

    def _finish(self, event: JobFinished) -> None:
        if event.state is JobState.UNREADABLE:
            raise ValueError("no job ends like that")
        if self._open:
            raise ValueError(f"{len(self._open)} codes have no result")
        if all_counts(event.counts) != all_counts(self._counts) or event.returned != self._returned:
            raise ValueError("it does not add up")
        self.end = event


def _take(codes: set[str], cc: str) -> None:
    if cc not in codes:
        raise ValueError(f"{cc!r:.80} can't be there now")
    codes.remove(cc)
