"""The accounts of a job: numbered and dated events, one result for every code."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import count
from types import MappingProxyType

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


class Ledger:
    """Makes a job's events, one after another (one thread at a time).

    A ledger can continue the work of another one: then `codes` are those without a result.
    """

    def __init__(
        self,
        codes: Iterable[str],
        clock: Callable[[], float],
        counts: Mapping[DownloadStatus, int] = MappingProxyType({}),
        returned: int = 0,
        seq: int = 0,
    ) -> None:
        self._open = dict.fromkeys(codes)
        self._clock = clock
        self._counts = Counter(counts)
        self._returned = returned
        self._seq = count(seq + 1)

    @property
    def is_complete(self) -> bool:
        """Whether every code has a result, and every result has come back."""
        return not self._open and self._returned == self._counts.total()

    @property
    def outcome(self) -> JobState:
        """How a job without a bug ends: a code without a result counts as cancelled."""
        cancelled = self._open or self._counts[DownloadStatus.CANCELLED]
        return JobState.CANCELLED if cancelled else JobState.FINISHED

    def job_started(self, site: str, max_req: int) -> JobStarted:
        """Begin the job."""
        return JobStarted(next(self._seq), self._clock(), len(self._open), site, max_req)

    def flag_started(self, cc: str, worker: int, at: float, place: str) -> FlagStarted:
        """Note that a worker takes a code, now or at an earlier time."""
        return FlagStarted(next(self._seq), min(at, self._clock()), cc, worker, place)

    def flag_done(self, result: FlagResult) -> FlagDone:
        """Record the result of a code; raises KeyError if it has one."""
        del self._open[result.cc]
        self._counts[result.status] += 1
        t = self._clock()
        if result.started is not None:
            result = replace(result, finished=t)
        return FlagDone(next(self._seq), t, result)

    def flag_returned(self, cc: str) -> FlagReturned:
        """Note that the strategy has handed the result of a code to the main thread."""
        self._returned += 1
        return FlagReturned(next(self._seq), self._clock(), cc)

    def close(self, state: JobState, detail: str = "") -> Iterator[Event]:
        """End the job; codes without a result count as cancelled."""
        reason = "the job failed" if state is JobState.FAILED else state.value
        for cc in list(self._open):
            yield self.flag_done(FlagResult(cc, DownloadStatus.CANCELLED, reason))
        t, counts = self._clock(), all_counts(self._counts)
        yield JobFinished(next(self._seq), t, state, counts, t, detail, self._returned)
