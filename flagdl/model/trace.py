"""A job as trace events, which Perfetto and chrome://tracing show: a track per thread.

The format: "Trace Event Format", https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
"""

from collections.abc import Iterable, Iterator
from typing import Any

from flagdl.model.events import Event, FlagDone, FlagResult, FlagReturned, JobFinished
from flagdl.model.job import JobRow

PROCESS = 1
MAIN = 1  # a process's main thread has the process's number
FIRST_WORKER = MAIN + 1
PHASES = ("connecting", "waiting for the answer", "receiving", "checking and saving")

TraceEvent = dict[str, Any]


def trace(row: JobRow, events: Iterable[Event]) -> dict[str, Any]:
    """Return the trace of a job that has ended, as JSON."""
    spec = row.spec
    name = f"flagdl job {row.id}: {spec.server}, {spec.strategy}"
    listed = [*events]
    results = [event.result for event in listed if isinstance(event, FlagDone)]
    worker = "slot" if spec.strategy == "asyncio" else "worker"
    workers = {result.worker for result in results if result.worker is not None}
    return {
        "displayTimeUnit": "ms",
        "traceEvents": [
            _metadata("process_name", MAIN, name=name),
            *_thread(MAIN, "main thread"),
            *(e for n in sorted(workers) for e in _thread(FIRST_WORKER + n, f"{worker} {n}")),
            *(e for event in listed for e in _main_thread(event, spec.strategy)),
            *(e for result in results for e in _download(result)),
        ],
    }


def _thread(number: int, name: str) -> Iterator[TraceEvent]:
    yield _metadata("thread_name", number, name=name)
    yield _metadata("thread_sort_index", number, sort_index=number)


def _metadata(what: str, thread: int, **args: object) -> TraceEvent:
    return {"ph": "M", "name": what, "pid": PROCESS, "tid": thread, "args": args}


def _main_thread(event: Event, strategy: str) -> Iterator[TraceEvent]:
    """Yield what the main thread did: the strategy's whole run, or a result that it got."""
    match event:
        case JobFinished(elapsed=elapsed, state=state):
            yield _slice(MAIN, strategy, "strategy", 0, elapsed, state=state)
        case FlagReturned(cc=cc, t=t):
            yield _instant(cc, t)
        case FlagDone(result=result, returned=t) if t is not None:
            yield _instant(result.cc, t)


def _instant(cc: str, t: float) -> TraceEvent:
    at = {"pid": PROCESS, "tid": MAIN, "ts": _microseconds(t)}
    return {"ph": "i", "name": cc, "cat": "flag_returned", "s": "t", **at}


def _download(result: FlagResult) -> Iterator[TraceEvent]:
    """Yield a slice for a download, and one within it for each phase that is known."""
    if result.worker is None or result.started is None or result.finished is None:
        return
    thread, begin = FIRST_WORKER + result.worker, result.started
    facts = {name: getattr(result, name) for name in ("status", "detail", "bytes", "attempts")}
    yield _slice(thread, result.cc, "download", begin, result.finished, **facts)
    number = 0
    for known, end in enumerate((result.sent, result.first_byte, result.received)):
        if end is not None:
            yield _slice(thread, PHASES[known], "phase", begin, end)
            begin, number = end, known + 1
    if number:
        yield _slice(thread, PHASES[number], "phase", begin, result.finished)


def _slice(
    thread: int, name: str, category: str, begin: float, end: float, **args: object
) -> TraceEvent:
    ts = _microseconds(begin)
    at = {"pid": PROCESS, "tid": thread, "ts": ts, "dur": _microseconds(end) - ts}
    return {"ph": "X", "name": name, "cat": category, **at, "args": args}


def _microseconds(t: float) -> int:
    """Return a time in whole microseconds: so a slice never ends after the one around it."""
    return round(t * 1_000_000)
