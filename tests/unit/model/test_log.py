"""A log is read as an untrusted file: what no engine would have written is refused."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, given, settings

from flagdl.model.events import Event, JobFinished, JobState
from flagdl.model.log import MOST_BYTES, Log, LogError, NoJson, log_of, read_log
from flagdl.model.spec import CLUSTER, EXECUTORS
from tests.support.stories import row, stories

MARKUP = "<script>alert(1)</script>"


def log_of_two() -> dict[str, Any]:
    """Return the log of a job of two codes; the second code failed."""
    done = {"detail": "OK", "bytes": 9, "attempts": 1, "worker": 0, "sent": 0.1, "first_byte": 0.2}
    events = [
        {"type": "job_started", "t": 0, "total": 2, "site": "http://x", "max_req": 1},
        {"type": "flag_started", "t": 0, "cc": "BR", "worker": 0},
        {"type": "flag_done", "t": 0.4, "cc": "BR", "status": "ok", **done,
         "started": 0, "received": 0.3, "finished": 0.4},
        {"type": "flag_returned", "t": 0.5, "cc": "BR"},
        {"type": "flag_done", "t": 0.6, "cc": "CN", "status": "error", **done,
         "worker": None, "sent": None, "first_byte": None, "received": None},
        {"type": "flag_returned", "t": 0.7, "cc": "CN"},
        {"type": "job_finished", "t": 0.8, "state": "finished", "counts": {"ok": 1, "error": 1},
         "elapsed": 0.8, "returned": 2},
    ]  # fmt: skip
    spec = {"codes": ["BR", "CN"], "server": "X", "strategy": "map", "max_req": 1, "attempts": 1}
    return {
        "version": 2,
        "job": {"created_at": "2026-11-22T12:00:00.000Z", "spec": spec},
        "events": [{"seq": seq, **event} for seq, event in enumerate(events, 1)],
    }


def read(log: object) -> Log:
    return read_log(json.dumps(log).encode())


@settings(max_examples=60)
@given(events=stories())
def test_what_was_written_is_read(events: list[Event]) -> None:
    end = events[-1]
    assert isinstance(end, JobFinished)
    assume(end.state is not JobState.UNREADABLE)
    log = read(log_of(row(), events))
    assert log == (row().created_at, row().spec, events, end)


def test_a_job_that_never_began_is_read() -> None:
    log = log_of_two()
    cancelled = {**log["events"][4], "status": "cancelled"}
    log["events"] = [
        {**cancelled, "cc": "BR"},
        {**cancelled, "seq": 6},
        {**log["events"][6], "state": "cancelled", "counts": {"cancelled": 2}, "returned": 0},
    ]
    assert read(log).end.state is JobState.CANCELLED


Change = Callable[[dict[str, Any]], object]


def event(number: int, **fields: object) -> Change:
    """Change fields of an event, by its seq."""
    return lambda log: log["events"][number - 1].update(fields)


def without(number: int) -> Change:
    return lambda log: log["events"].pop(number - 1)


def with_start(after: int, cc: str, t: float) -> Change:
    """Let a code start after an event, and number the events again."""

    def change(log: dict[str, Any]) -> None:
        start = {"type": "flag_started", "t": t, "cc": cc, "worker": 0}
        log["events"].insert(after, start)
        log["events"] = [{**event, "seq": seq} for seq, event in enumerate(log["events"], 1)]

    return change


def late_twice(log: dict[str, Any]) -> None:
    """Let a start come late, and then another event that is not a start."""
    with_start(4, "CN", t=0.1)(log)
    event(6, t=0.3)(log)


def swapped(log: dict[str, Any]) -> None:
    log["events"][1], log["events"][2] = log["events"][2], log["events"][1]


WRONG: dict[str, tuple[Change, str]] = {
    "another version": (lambda log: log.update(version=3), "version is 3, and not 2"),
    "no version": (lambda log: log.pop("version"), "version is None"),
    "no job": (lambda log: log.pop("job"), "no job"),
    "no events": (lambda log: log.pop("events"), "no events"),
    "events that are none": (lambda log: log.update(events=7), "not iterable"),
    "a date that is none": (lambda log: log["job"].update(created_at="then"), "then"),
    "no code": (lambda log: log["job"]["spec"].update(codes=[]), "codes must be"),
    "codes that are none": (lambda log: log["job"]["spec"].update(codes=[MARKUP]), "codes must"),
    "an unknown option": (lambda log: log["job"]["spec"].update(run="rm"), "run"),
    "an unknown event": (event(2, type="alert"), "alert"),
    "cut": (without(7), "no end"),
    "an event is missing": (without(5), r"event 6 \(flag_returned\) is wrong: 'CN'"),
    "an end that is not the last": (without(1), "had not started"),
    "reordered": (swapped, "not in order"),
    "a number twice": (event(3, seq=2), "not in order"),
    "time goes back": (event(4, t=0.3), "not in order"),
    "time goes back after a late start": (late_twice, "not in order"),
    "after the end": (
        lambda log: log["events"].append({**log["events"][3], "seq": 8, "t": 1}), "had ended",
    ),
    "begun twice": (
        lambda log: log["events"].insert(1, {**log["events"][0], "seq": 1.5}), "seq can't be 1.5",
    ),
    "begun late": (event(2, type="job_started", total=2, site="", max_req=1), "unexpected"),
    "other totals": (event(1, total=3), "does not fit"),
    "more threads than codes": (event(1, max_req=2), "does not fit"),
    "a foreign code": (event(2, cc="FR"), "'FR' can't be there"),
    "started twice": (event(4, type="flag_started", worker=0), "'BR' can't be there"),
    "started after it was done": (with_start(5, "CN", t=0.6), "'CN' can't be there"),
    "done twice": (event(5, cc="BR"), "'BR' can't be there"),
    "returned twice": (event(6, cc="BR"), "'BR' can't be there"),
    "returned before it was done": (event(4, cc="CN"), "'CN' can't be there"),
    "a worker more than any cluster has": (event(2, worker=3000), "no worker 3000"),
    "a worker far too many": (event(3, worker=2**53 - 1), "no worker"),
    "times that go back": (event(3, sent=0.25), "times are not in order"),
    "a time after the event": (event(3, finished=0.41), "times are not in order"),
    "started and never finished": (event(3, finished=None), "started, and finished is None"),
    "a negative time": (event(3, sent=-1), "sent can't be -1"),
    "a text for a number": (event(3, bytes="9"), "bytes can't be"),
    "a number for a text": (event(3, detail=9), "detail can't be 9"),
    "half a letter": (event(3, detail="\ud800"), "detail can't be"),
    "a long text": (event(3, detail="x" * 10_001), "10,000 letters"),
    "a state that is no end": (event(7, state="running"), "running"),
    "a state that nobody writes": (event(7, state="unreadable"), "no job ends like that"),
    "counts that don't add up": (event(7, counts={"ok": 2}), "add up"),
    "returned doesn't add up": (event(7, returned=1), "add up"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("executor", EXECUTORS)
def test_what_no_engine_writes_is_refused(executor: str, name: str) -> None:
    change, reason = WRONG[name]
    log = log_of_two()
    log["job"]["spec"]["executor"] = executor
    assert read(log).end.returned == 2
    change(log)
    with pytest.raises(LogError, match=reason) as refused:
        read(log)
    assert not isinstance(refused.value, NoJson)
    assert len(str(refused.value)) < 400


ONLY_A_CLUSTER: dict[str, tuple[Change, str]] = {
    "a start that is told late": (with_start(4, "CN", t=0.3), "not in order"),
    "more workers than downloads at once": (event(2, worker=30), "no worker 30"),
    "a second start, after a worker died": (with_start(2, "BR", t=0.2), "'BR' can't be there"),
}


@pytest.mark.parametrize("name", ONLY_A_CLUSTER)
def test_what_only_a_cluster_writes_is_read_from_a_cluster_alone(name: str) -> None:
    change, reason = ONLY_A_CLUSTER[name]
    log = log_of_two()
    change(log)
    with pytest.raises(LogError, match=reason):
        read(log)
    log["job"]["spec"]["executor"] = CLUSTER
    assert read(log).end.returned == 2


WHOLE = json.dumps(log_of_two()).encode()
NO_JSON = {
    "nothing": b"",
    "a cut file": WHOLE[:-20],
    "other bytes": b"\xff\xfe\xfd" + WHOLE,
    "NaN": WHOLE.replace(b'"bytes": 9', b'"bytes": NaN'),
    "NaN where nobody looks": WHOLE.replace(b'"version"', b'"note": -Infinity, "version"'),
    "depth": b"[" * 100_000,
    "a number of many digits": b"1" * 10_000,
}


@pytest.mark.parametrize("name", NO_JSON)
@pytest.mark.usefixtures("without_collector")
def test_what_is_no_json_is_refused_as_such(name: str) -> None:
    with pytest.raises(NoJson):
        read_log(NO_JSON[name])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"[]", "not a JSON object"),
        (b'{"version": 2, "events": [' + b"{}," * 10**6 + b"{}]}", "more events than any job"),
        (WHOLE.replace(b'"bytes": 9', b'"bytes": 1e999'), "bytes can't be inf"),
        (WHOLE + b" " * MOST_BYTES, "more than 16 MiB"),
    ],
    ids=["a list", "a million events", "infinity", "too long"],
)
def test_other_files_are_refused(data: bytes, reason: str) -> None:
    with pytest.raises(LogError, match=re.escape(reason)):
        read_log(data)
