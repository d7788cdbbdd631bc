"""Traces, checked against the published format: every field that Perfetto and Chrome need."""

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import given, settings

from flagdl.model.events import DownloadStatus as Status
from flagdl.model.events import Event, FlagDone, FlagResult, JobFinished, JobState
from flagdl.model.trace import FIRST_WORKER, MAIN, trace
from tests.support.stories import result, row, stories

# The fields of each kind of event, from the format's description.
FIELDS = {
    "M": {"ph": str, "name": str, "pid": int, "tid": int, "args": dict},
    "X": {"ph": str, "name": str, "cat": str, "pid": int, "tid": int, "ts": int, "dur": int,
          "args": dict},
    "i": {"ph": str, "name": str, "cat": str, "pid": int, "tid": int, "ts": int, "s": str},
}  # fmt: skip


def traced(*results: FlagResult, returned: float | None = None) -> list[dict[str, Any]]:
    done: list[Event] = [
        FlagDone(n, each.finished or 0, each, returned) for n, each in enumerate(results, 1)
    ]
    counts = {status: sum(r.status == status for r in results) for status in Status}
    end = JobFinished(len(done) + 1, 1.0, JobState.FINISHED, counts, 1.0)
    events: list[dict[str, Any]] = trace(row(), [*done, end])["traceEvents"]
    return events


def phases(each: FlagResult) -> list[tuple[str, int, int]]:
    return [
        (event["name"], event["ts"], event["ts"] + event["dur"])
        for event in traced(each)
        if event.get("cat") == "phase"
    ]


def check_format(events: Sequence[dict[str, Any]]) -> None:
    for event in events:
        fields = FIELDS[event["ph"]]
        assert {name: type(value) for name, value in event.items()} == fields
        assert min(event.get("ts", 0), event.get("dur", 0)) >= 0
    named = {event["tid"] for event in events if event["name"] == "thread_name"}
    assert named == {event["tid"] for event in events}
    check_nesting(events)


def check_nesting(events: Sequence[dict[str, Any]]) -> None:
    """Check that slices of one thread follow each other, or lie one within the other."""
    for thread in {event["tid"] for event in events}:
        of_thread = [e for e in events if e["tid"] == thread and e["ph"] == "X"]
        around = [e for e in of_thread if e["cat"] != "phase"]
        for slice_ in of_thread:
            assert any(
                one["ts"] <= slice_["ts"] and slice_["ts"] + slice_["dur"] <= one["ts"] + one["dur"]
                for one in around
            )
        inner = [e for e in of_thread if e["cat"] == "phase"]
        assert all(one["ts"] + one["dur"] <= other["ts"] for one, other in pairwise(inner))


@settings(max_examples=40)
@given(events=stories())
def test_every_job_is_in_the_format(events: list[Event]) -> None:
    for at, event in enumerate(events):  # one after another: the stories give all the same times
        if isinstance(event, FlagDone):
            moved = replace(event.result, **{
                name: at + getattr(event.result, name)
                for name in ("started", "sent", "first_byte", "received", "finished")
            })  # fmt: skip
            events[at] = replace(event, result=moved)
    answer = json.loads(json.dumps(trace(row(), events)))
    check_format(answer["traceEvents"])


def test_a_download_is_a_slice_with_its_phases() -> None:
    events = traced(result("BR"))
    check_format(events)
    [download] = [event for event in events if event.get("cat") == "download"]
    assert download == {
        "ph": "X", "name": "BR", "cat": "download", "pid": 1, "tid": FIRST_WORKER,
        "ts": 250_000, "dur": 500_000,
        "args": {"status": "ok", "detail": "OK", "bytes": 900, "attempts": 1},
    }  # fmt: skip
    assert phases(result("BR")) == [
        ("connecting", 250_000, 300_000),
        ("waiting for the answer", 300_000, 500_000),
        ("receiving", 500_000, 600_000),
        ("checking and saving", 600_000, 750_000),
    ]


def test_what_is_not_known_is_not_drawn() -> None:
    br = result("BR")
    no_answer = replace(br, first_byte=None, received=None)
    assert [name for name, *_ in phases(no_answer)] == ["connecting", "waiting for the answer"]
    # In logs of version 1, `sent` and `received` are unknown.
    old = replace(br, sent=None, received=None)
    assert phases(old) == [
        ("waiting for the answer", 250_000, 500_000),
        ("receiving", 500_000, 750_000),
    ]
    assert phases(replace(no_answer, sent=None)) == []
    never_began = FlagResult("BR", Status.CANCELLED, "cancelled")
    assert [event["name"] for event in traced(never_began)[3:]] == ["as_completed"]


def test_results_are_instants_of_the_main_thread() -> None:
    [instant] = [event for event in traced(result("BR"), returned=0.8) if event["ph"] == "i"]
    assert instant == {
        "ph": "i", "name": "BR", "cat": "flag_returned", "s": "t",
        "pid": 1, "tid": MAIN, "ts": 800_000,
    }  # fmt: skip


def test_threads_have_the_names_of_the_page() -> None:
    spec = replace(row().spec, strategy="asyncio")
    for job, worker in ((row(), "worker 0"), (row()._replace(spec=spec), "slot 0")):
        names = [
            event["args"]["name"]
            for event in trace(job, [FlagDone(1, 0.75, result("BR"))])["traceEvents"]
            if event["name"] in ("process_name", "thread_name")
        ]
        assert names == [f"flagdl job 1: LOCAL, {job.spec.strategy}", "main thread", worker]
