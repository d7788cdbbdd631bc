"""A damaged history: one job can't be read, and everything else stays as it was."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, NoReturn

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.running import RunningDashboard

COLUMNS = (
    "created_at",
    "spec",
    "state",
    "counts",
    "elapsed",
    "seq",
    "terminal",
    "returned",
    "retry_of",
    "after",
)
VALUES: list[Any] = [
    None, True, -1, 1.5, 2**70, float("nan"), float("inf"), "", "x", "\ud800", "../x", "9" * 10_000,
    [], ["BR"], {}, {"a": 1}, [[[[]]]],
]  # fmt: skip
TEXTS = [
    "", "x", "[]", "{}", "NaN", "[" * 50_000, "9" * 10_000, b"\xff\xfe", b"{}", 5, -1, 1e999,
    "2026-13-01T00:00:00.000Z", "0001-01-01T00:00:00.000Z", "running", "pending", "LAB",
]  # fmt: skip


@st.composite
def damage(draw: st.DrawFn, original: Any) -> Any:
    """Draw another value for a column."""
    if not (isinstance(original, str) and original.startswith("{")) or draw(st.booleans()):
        return draw(st.sampled_from(TEXTS))
    value = json.loads(original)
    name = draw(st.sampled_from([*value, "more"]))
    if name in value and draw(st.booleans()):
        del value[name]
    else:
        value[name] = draw(st.sampled_from(VALUES))
    return json.dumps(value)


@pytest.fixture(scope="module")
def whole(shared: RunningDashboard) -> str:
    return str(shared.finished(shared.submit(codes=["BR", "FR", "XX"]))["id"])


@contextmanager
def copied(dashboard: RunningDashboard, job_id: str, data: st.DataObject) -> Iterator[str]:
    """Put a damaged copy of a job into the history."""
    with closing(sqlite3.connect(dashboard.history)) as connection, connection:
        columns = connection.execute(
            f"SELECT {', '.join(COLUMNS)} FROM jobs WHERE id = ?",  # noqa: S608
            (job_id,),
        ).fetchone()
        row = dict(zip(COLUMNS, columns, strict=True))
        events = connection.execute(
            "SELECT seq, event FROM events WHERE job_id = ?", (job_id,)
        ).fetchall()
        for _ in range(data.draw(st.integers(1, 2))):
            if data.draw(st.booleans()):
                name = data.draw(st.sampled_from(COLUMNS))
                row[name] = data.draw(damage(row[name]))
            else:
                at = data.draw(st.integers(0, len(events) - 1))
                events[at] = (events[at][0], data.draw(damage(events[at][1])))
        copy = connection.execute(
            f"INSERT INTO jobs ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})",  # noqa: S608
            list(row.values()),
        ).lastrowid
        connection.executemany(
            "INSERT INTO events VALUES (?, ?, ?)", [(copy, *event) for event in events]
        )
    yield str(copy)
    with closing(sqlite3.connect(dashboard.history)) as connection, connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("DELETE FROM jobs WHERE id = ?", (copy,))


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_one_damaged_job_harms_nothing_else(
    shared: RunningDashboard, whole: str, data: st.DataObject
) -> None:
    before = shared.job(whole)
    with copied(shared, whole, data) as copy:
        [listed] = [j for j in _json(shared, "/api/jobs?limit=5")["jobs"] if j["id"] == copy]
        job = _json(shared, f"/api/jobs/{copy}")
        assert listed["state"] in (job["state"], "finished"), "or the list does not say so"
        for path in (
            "/jobs", f"/?job={copy}", f"/jobs/{copy}", f"/jobs/compare?a={copy}&b={whole}",
            f"/api/jobs/{copy}/events", "/api/flags", "/gallery",
        ):  # fmt: skip
            response = shared.get(path)
            assert response.status_code in (200, 409), (path, response.text)
        retried = shared.post(f"/api/jobs/{copy}/retry")
        assert retried.status_code in (201, 400, 409), retried.text
        assert shared.job(whole) == before
        if listed["ended"]:
            assert shared.delete(f"/api/jobs/{copy}").status_code == 204
            assert shared.get(f"/api/jobs/{copy}").status_code == 404


def _json(dashboard: RunningDashboard, path: str) -> Any:
    response = dashboard.get(path)
    assert response.status_code == 200, response.text
    return json.loads(response.text, parse_constant=_refuse)


def _refuse(constant: str) -> NoReturn:
    raise AssertionError(f"{constant} is no JSON")
