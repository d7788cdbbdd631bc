"""Every way a job can go, as hypothesis draws it: sequences of events that an engine may yield."""

from collections import Counter

from hypothesis import strategies as st

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
from flagdl.model.job import JobRow
from flagdl.model.spec import JobSpec

CODES = ("BR", "CN", "FR", "IN", "US")
ENDED = [state for state in JobState if state.ended]


def spec(*codes: str) -> JobSpec:
    return JobSpec(codes or CODES, "LOCAL", "as_completed", 3, 1)


def row(*codes: str) -> JobRow:
    return JobRow("1", "2026-11-22T12:00:00.000Z", spec(*codes))


def result(cc: str, status: DownloadStatus = DownloadStatus.OK, detail: str = "OK") -> FlagResult:
    return FlagResult(cc, status, detail, 900, 1, 0, 0.25, 0.3, 0.5, 0.6, 0.75)


@st.composite
def stories(draw: st.DrawFn) -> list[Event]:
    """Draw the events of a whole job of CODES, numbered, in an order in which they may come."""
    fates = {cc: draw(st.sampled_from(DownloadStatus)) for cc in CODES}
    details = st.text(max_size=20)
    begun = [cc for cc in CODES if fates[cc] is not DownloadStatus.CANCELLED or draw(st.booleans())]
    back = [cc for cc in CODES if draw(st.booleans())]
    order = draw(st.permutations([*begun, *CODES, *back]))
    events: list[Event] = [JobStarted(1, 0.0, len(CODES), "http://flags.example", 3)]
    met: set[str] = {cc for cc in CODES if cc not in begun}
    done: set[str] = set()
    for cc in order:
        seq, t = len(events) + 1, 1 + len(events) / 8  # result() finishes before 1
        if cc in done:
            events.append(FlagReturned(seq, t, cc))
        elif cc in met:
            events.append(FlagDone(seq, t, result(cc, fates[cc], draw(details))))
            done.add(cc)
        else:
            events.append(FlagStarted(seq, t, cc, draw(st.integers(0, 2))))
            met.add(cc)
    seq, t = len(events) + 1, 1 + len(events) / 8
    counts = all_counts(Counter(fates.values()))
    state = draw(st.sampled_from(ENDED))
    return [*events, JobFinished(seq, t, state, counts, t, returned=len(back))]
