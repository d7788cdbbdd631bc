"""A job as the sum of its events, for the API, the pages and the history."""

import math
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal, NamedTuple, NotRequired, TypedDict, cast

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
)
from flagdl.model.report import final_report, initial_report
from flagdl.model.spec import JobSpec, Spec

NO_COUNTS: Mapping[DownloadStatus, int] = MappingProxyType({})
NOTHING_YET: dict[str, Any] = {**vars(FlagResult("", DownloadStatus.OK, "")), "returned": None}

Source = Literal["dashboard", "terminal", "imported"]
RETRYABLE = (DownloadStatus.ERROR, DownloadStatus.CANCELLED)


class Summary(TypedDict):
    """A job without its items and its report, as lists of jobs have it."""

    id: str
    state: JobState
    ended: Annotated[bool, "Whether nothing more will happen."]
    source: Annotated[Source, "Where the job came from, and runs."]
    retry_of: Annotated[str | None, "The job that this one retries."]
    after: Annotated[str | None, "The job that must end before this one starts."]
    spec: Spec
    total: Annotated[int, "How many codes the job has."]
    concurrency: Annotated[int, "How many downloads can run at once."]
    counts: Annotated[Mapping[DownloadStatus, int], "How many downloads ended in which way."]
    returned: Annotated[int, "How many results the strategy has handed to the main thread."]
    retryable: Annotated[int, "How many codes a retry would ask for; none before the job's end."]
    elapsed: Annotated[float, "Seconds since the job began, up to now or to its end."]
    created_at: Annotated[str, "ISO 8601, in UTC; empty where the history can't read it."]
    seq: Annotated[int, "The number of the job's last event."]


class Item(TypedDict):
    """One code of a job, and how far its download has come; null is what has not happened.

    Where there was more than one attempt, `sent` to `received` are the last one's.
    """

    cc: str
    status: DownloadStatus | Literal["pending", "running"]
    detail: Annotated[str, "What went wrong, or what the server answered."]
    bytes: int
    attempts: int
    worker: Annotated[int | None, "The number of the thread, or of asyncio's slot, from 0."]
    started: Annotated[float | None, "A worker took the code."]
    sent: Annotated[float | None, "Connected, and the request was sent."]
    first_byte: float | None
    received: Annotated[float | None, "The last byte."]
    finished: Annotated[float | None, "The flag was checked and saved, or given up."]
    returned: Annotated[float | None, "The strategy handed the result to the main thread."]


class WholeJob(Summary):
    """A job with all that is known of it; times are seconds since it began."""

    detail: Annotated[str, "Why the job failed, or what it lacked."]
    site: Annotated[str, "The server's address; empty before the job has begun."]
    report: Annotated[str, "The report of the terminal, as far as the job has come."]
    items: Annotated[list[Item], "The codes, in the order of `spec.codes`."]
    places: NotRequired[
        Annotated[dict[str, str], "Where a cluster's workers are, by number: process@machine."]
    ]


class JobRow(NamedTuple):
    """What the history knows of a job without reading its events."""

    id: str
    created_at: str
    spec: JobSpec
    state: JobState = JobState.PENDING
    counts: Mapping[DownloadStatus, int] = NO_COUNTS
    elapsed: float = 0
    seq: int = 0
    terminal: str = ""  # the name of the terminal's run; empty where the dashboard does the job
    returned: int = 0
    retry_of: str | None = None
    after: str | None = None
    imported: bool = False  # another flagdl did it, and this one has read its log
    problem: str = ""  # why the job can't be read; empty where it can

    @property
    def source(self) -> Source:
        """Where the job came from, and runs or ran."""
        if self.imported:
            return "imported"
        return "terminal" if self.terminal else "dashboard"


NO_SPEC = JobSpec((), "?", "?", 1, 1)


def unreadable(job_id: str, problem: str) -> JobRow:
    """Return a job whose row can't be read. Only its number is known."""
    return JobRow(job_id, "", NO_SPEC, JobState.UNREADABLE, problem=problem)


class Job:
    """Folds events with apply(), as the page's store does in JavaScript.

    Not thread-safe: `WatchedJob` guards it with a lock.
    """

    def __init__(self, row: JobRow, clock: Callable[[], float] = time.monotonic) -> None:
        self.id = row.id
        self.spec = row.spec
        self.created_at = row.created_at
        self.source = row.source
        self.retry_of = row.retry_of
        self.after = row.after
        self.state = JobState.PENDING
        self.seq = 0
        self.counts: Counter[DownloadStatus] = Counter()
        self.site = ""
        self._clock = clock
        self._began = math.inf
        self.t = 0.0
        self.detail = ""
        self.places: dict[str, str] = {}  # of a cluster's workers
        self._running: dict[str, FlagStarted] = {}
        self._results: dict[str, FlagResult] = {}
        self._returned: dict[str, float] = {}

    def apply(self, event: Event) -> None:
        """Apply the next event."""
        self.seq, self.t = event.seq, event.t
        # Events of a terminal's run arrive late. The earliest `now - event.t` is the best guess of
        # when the job began.
        self._began = min(self._began, self._clock() - event.t)
        match event:
            case JobStarted():
                self.state = JobState.RUNNING
                self.site = event.site
            case FlagStarted():
                self._running[event.cc] = event
                if event.place:
                    self.places[str(event.worker)] = event.place
            case FlagDone(result=result):
                self._running.pop(result.cc, None)
                self._results[result.cc] = result
                self.counts[result.status] += 1
                if event.returned is not None:
                    self._returned[result.cc] = event.returned
            case FlagReturned():
                self._returned[event.cc] = event.t
            case JobFinished():
                self.state = event.state
                self.detail = event.detail
                self._running.clear()

    def be_unreadable(self, row: JobRow, problem: str) -> None:
        """End the job as one whose log can't be read: only its row is known."""
        self.state, self.detail = JobState.UNREADABLE, problem
        self.seq, self.t = row.seq, row.elapsed
        self.counts = Counter(row.counts)

    @property
    def elapsed(self) -> float:
        """Seconds since the job began, up to now or to its last event."""
        return self._clock() - self._began if self.state is JobState.RUNNING else self.t

    @property
    def returned(self) -> int:
        """How many results the strategy has handed to the main thread."""
        return len(self._returned)

    @property
    def unaccounted(self) -> list[str]:
        """The codes that have no result yet."""
        return [cc for cc in self.spec.codes if cc not in self._results]

    @property
    def failed_codes(self) -> list[str]:
        """The codes that a retry asks for again."""
        return [cc for cc, result in self._results.items() if result.status in RETRYABLE]

    @property
    def results(self) -> Collection[FlagResult]:
        """The results so far."""
        return self._results.values()

    @property
    def report(self) -> str:
        """The book's report, as far as the job has come."""
        if not self.site:
            return ""
        report = initial_report(self.spec.server, self.site, self.spec.codes, self.spec.concurrency)
        if self.state.ended:
            report += "\n" + final_report(self.counts, self.elapsed)
        return report

    def to_dict(self) -> WholeJob:
        """Return the whole job as the API has it."""
        job = {
            **summary(self),
            **({"places": self.places} if self.places else {}),
            "detail": self.detail,
            "site": self.site,
            "report": self.report,
            "items": [self._item(cc) for cc in self.spec.codes],
        }
        return cast(WholeJob, job)

    def _item(self, cc: str) -> Item:
        progress: dict[str, Any] = {"cc": cc, "status": "pending"}
        if result := self._results.get(cc):
            progress = {**vars(result), "returned": self._returned.get(cc)}
        elif started := self._running.get(cc):
            progress |= {"status": "running", "worker": started.worker, "started": started.t}
        return cast(Item, NOTHING_YET | progress)


def summary(job: Job | JobRow) -> Summary:
    """Return a job as lists of jobs show it."""
    counts = all_counts(job.counts)
    ended = job.state.ended
    return {
        "id": job.id,
        "state": job.state,
        "ended": ended,
        "source": job.source,
        "retry_of": job.retry_of,
        "after": job.after,
        "spec": job.spec.to_dict(),
        "total": len(job.spec.codes),
        "concurrency": job.spec.concurrency,
        "counts": counts,
        "returned": job.returned,
        "retryable": sum(counts[status] for status in RETRYABLE) if ended else 0,
        "elapsed": round(job.elapsed, 6),
        "created_at": job.created_at,
        "seq": job.seq,
    }
