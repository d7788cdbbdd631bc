"""Events: what is written can be read back, and says the same."""

import json

import pytest
from hypothesis import given, settings
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
    event_from_dict,
)

NUMBERS = st.integers(0, 10**9)
TIMES = st.floats(0, 1e6)
MAYBE_TIMES = st.none() | TIMES
CODES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2)
RESULTS = st.builds(
    FlagResult,
    CODES,
    st.sampled_from(DownloadStatus),
    st.text(),
    NUMBERS,
    NUMBERS,
    st.none() | NUMBERS,
    *[MAYBE_TIMES] * 5,
).filter(lambda result: result.started is None or result.finished is not None)
ENDED = [state for state in JobState if state.ended]
COUNTS = st.fixed_dictionaries(dict.fromkeys(DownloadStatus, NUMBERS))
EVENTS = st.one_of(
    st.builds(JobStarted, NUMBERS, TIMES, NUMBERS, st.text(), NUMBERS),
    st.builds(FlagStarted, NUMBERS, TIMES, CODES, NUMBERS),
    st.builds(FlagDone, NUMBERS, TIMES, RESULTS, MAYBE_TIMES),
    st.builds(FlagReturned, NUMBERS, TIMES, CODES),
    st.builds(
        JobFinished, NUMBERS, TIMES, st.sampled_from(ENDED), COUNTS, TIMES, st.text(), NUMBERS
    ),
)  # fmt: skip


@settings(deadline=None)
@given(EVENTS)
def test_an_event_survives_json(event: Event) -> None:
    read = event_from_dict(json.loads(event.json))
    assert read == event
    assert read.to_dict() == event.to_dict()  # the cached JSON is not part of it
    # Equal is not enough: "ok" == DownloadStatus.OK, but only one of them has the methods.
    assert repr(read) == repr(event)


def test_the_wire_has_the_contracts_names() -> None:
    result = FlagResult("BR", DownloadStatus.OK, "OK", 4667, 1, 0, 0.1, 0.15, 0.2, 0.25, 0.3)
    assert FlagDone(3, 0.3, result).to_dict() == {
        "type": "flag_done", "seq": 3, "t": 0.3, "cc": "BR", "status": "ok", "detail": "OK",
        "bytes": 4667, "attempts": 1, "worker": 0, "started": 0.1, "sent": 0.15,
        "first_byte": 0.2, "received": 0.25, "finished": 0.3,
    }  # fmt: skip
    assert FlagReturned(4, 0.4, "BR").to_dict() == {
        "type": "flag_returned", "seq": 4, "t": 0.4, "cc": "BR",
    }  # fmt: skip
    assert JobStarted(1, 0.0, 20, "http://x/flags", 5).to_dict() == {
        "type": "job_started", "seq": 1, "t": 0.0, "total": 20, "site": "http://x/flags",
        "max_req": 5,
    }  # fmt: skip
    assert FlagStarted(2, 0.1, "BR", 4).to_dict() == {
        "type": "flag_started", "seq": 2, "t": 0.1, "cc": "BR", "worker": 4,
    }  # fmt: skip
    counts = all_counts({DownloadStatus.OK: 1})
    finished = JobFinished(4, 0.5, JobState.FINISHED, counts, 0.5, returned=1)
    assert json.loads(json.dumps(finished.to_dict())) == {
        "type": "job_finished", "seq": 4, "t": 0.5, "state": "finished", "elapsed": 0.5,
        "counts": {"ok": 1, "not_found": 0, "error": 0, "cancelled": 0}, "detail": "",
        "returned": 1,
    }  # fmt: skip


def test_in_version_1_done_means_returned_too() -> None:
    """In version 1, the engine reported a flag only when its result was returned."""
    done = {
        "type": "flag_done", "seq": 3, "t": 0.52, "cc": "BR", "status": "ok", "detail": "OK",
        "bytes": 4667, "attempts": 1, "worker": 0, "started": 0.01, "first_byte": 0.02,
        "finished": 0.03,
    }  # fmt: skip
    event = event_from_dict(done)
    assert isinstance(event, FlagDone)
    assert (event.returned, event.result.sent, event.result.received) == (0.52, None, None)
    assert event_from_dict(event.to_dict()) == event
    finished = event_from_dict({
        "type": "job_finished", "seq": 9, "t": 0.6, "state": "cancelled", "elapsed": 0.6,
        "counts": {"ok": 1, "not_found": 2, "error": 0, "cancelled": 4}, "detail": "",
    })  # fmt: skip
    assert isinstance(finished, JobFinished)
    assert finished.returned == 7


def test_an_event_is_encoded_once_and_without_blanks() -> None:
    event = FlagStarted(2, 0.1, "BR", 4)
    assert event.json == '{"type":"flag_started","seq":2,"t":0.1,"cc":"BR","worker":4}'
    assert event.json is event.json


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"type": "surprise"},
        {"type": ["job_started"]},
        {"type": "flag_started", "seq": 1, "t": 0.0, "cc": "BR"},
        {"type": "flag_started", "seq": 1, "t": 0.0, "cc": "BR", "worker": 1, "more": 1},
        {"type": "flag_done", "seq": 1, "t": 0.0, "cc": "BR", "status": "great", "detail": ""},
        {"type": "job_finished", "seq": 1, "t": 0.0, "state": "?", "counts": {}, "elapsed": 0},
        {"type": "job_finished", "seq": 1, "t": 0, "state": "running", "counts": {}, "elapsed": 0},
        {"type": "job_finished", "seq": 1, "t": 0, "state": "failed", "counts": [], "elapsed": 0},
        {
            "type": "job_finished",
            "seq": 1,
            "t": 0,
            "state": "failed",
            "counts": {"ok": "1"},
            "elapsed": 0,
        },
    ],
)
def test_what_is_no_event_is_refused(data: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        event_from_dict(data)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("t", [None, "0", True, -1, [], 2**70, float("nan"), float("inf")]),
        ("seq", [None, "1", True, -1, 1.0, 2**70]),
        ("cc", [None, 1, [], "\ud800"]),
    ],
)
def test_a_value_of_another_type_is_named(name: str, values: list[object]) -> None:
    for value in values:
        data = {"type": "flag_returned", "seq": 1, "t": 0.0, "cc": "BR", name: value}
        with pytest.raises(ValueError, match=f"{name} can't be "):
            event_from_dict(data)


@pytest.mark.parametrize("state", JobState)
def test_only_two_states_are_not_the_end(state: JobState) -> None:
    assert state.ended == (state not in ("pending", "running"))
