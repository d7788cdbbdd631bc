"""The same work in several ways, and where more connections stop being worth it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagdl.model.spec import JobSpec
from flagdl.model.variants import WIDTHS, WORTH_IT, knee, race, sweep
from flagdl.strategies import STRATEGIES

SPEC = JobSpec(("BR", "CN", "FR"), "LOCAL", "map", 5, 1)


def test_a_race_is_the_same_work_by_every_strategy() -> None:
    specs = race(SPEC, STRATEGIES)
    assert [(spec.strategy, spec.max_req) for spec in specs] == [
        ("sequential", 1), ("map", 5), ("as_completed", 5), ("asyncio", 5),
    ]  # fmt: skip
    assert {(spec.codes, spec.server, spec.attempts) for spec in specs} == {
        (SPEC.codes, "LOCAL", 1)
    }


def test_a_sweep_has_no_more_connections_than_codes() -> None:
    assert [spec.max_req for spec in sweep(SPEC)] == [1, 2, 3]
    assert [spec.max_req for spec in sweep(SPEC, [2, 1, 2])] == [1, 2]
    assert {spec.strategy for spec in sweep(SPEC)} == {"map"}


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({}, None),
        ({1: 10}, None),
        ({1: 10, 2: 5}, None),
        ({1: 10, 2: 9.6}, None),  # two are no sweep
        ({1: 10, 2: 9.6, 5: 9.6}, 1),
        ({1: 10, 2: 5, 5: 2, 10: 1.95, 20: 1.91}, 5),
        ({1: 10, 2: 9.9, 5: 2}, None),  # 5 are worth it, though 2 are not
        ({5: 2, 1: 10, 10: 3}, 5),
    ],
)
def test_the_knee_is_where_no_more_connections_gain_enough(
    times: dict[int, float], expected: int | None
) -> None:
    assert knee(times) == expected


@given(st.dictionaries(st.sampled_from(WIDTHS), st.floats(0.01, 100), min_size=2))
def test_beyond_the_knee_nothing_is_quicker_by_much(times: dict[int, float]) -> None:
    if width := knee(times):
        assert min(times.values()) >= times[width] * (1 - WORTH_IT) or min(times) < width
