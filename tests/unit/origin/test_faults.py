"""Which request meets which fault."""

import asyncio
from collections import Counter

import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given, settings
from hypothesis import strategies as st

from flagdl.origin.faults import Fault, FaultPlan, Kind
from flagdl.origin.http import FlagServer
from tests.support.origins import (
    ALL_CODES,
    POP20,
)

visits = st.integers(0, 10**6)
codes = st.sampled_from(ALL_CODES)
plans = st.builds(FaultPlan, st.floats(0, 3600), st.floats(0, 1), st.integers(0, 10**18 - 1))


@given(plans, codes, visits)
def test_local_never_fails_and_delay_always_waits(plan: FaultPlan, cc: str, visit: int) -> None:
    assert plan.fault(Kind.LOCAL, cc, visit) == Fault()
    assert plan.fault(Kind.DELAY, cc, visit) == Fault(delay=plan.delay)


@given(plans, codes, visits)
def test_a_fault_is_a_failure_or_a_wait(plan: FaultPlan, cc: str, visit: int) -> None:
    fault = plan.fault(Kind.ERROR, cc, visit)
    assert fault in (Fault(fails=True), Fault(delay=plan.delay), Fault())
    assert fault == plan.fault(Kind.ERROR, cc, visit)


@given(codes, visits, st.integers(0, 10**18 - 1), st.floats(0, 1), st.floats(0, 1))
def test_a_higher_rate_only_adds_failures(
    cc: str, visit: int, seed: int, one: float, other: float
) -> None:
    low, high = sorted((one, other))
    if FaultPlan(error_rate=low, seed=seed).fault(Kind.ERROR, cc, visit).fails:
        assert FaultPlan(error_rate=high, seed=seed).fault(Kind.ERROR, cc, visit).fails
    assert not FaultPlan(error_rate=0, seed=seed).fault(Kind.ERROR, cc, visit).fails
    assert FaultPlan(error_rate=1, seed=seed).fault(Kind.ERROR, cc, visit).fails


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("visit", [0, 1])
def test_a_quarter_fails_and_half_of_the_rest_waits(seed: int, visit: int) -> None:
    plan = FaultPlan(seed=seed)
    faults = [plan.fault(Kind.ERROR, cc, visit) for cc in ALL_CODES]
    # Four standard deviations of 676 draws.
    assert sum(fault.fails for fault in faults) / 676 == pytest.approx(0.25, abs=0.067)
    assert sum(fault.delay > 0 for fault in faults) / 676 == pytest.approx(0.375, abs=0.075)


def test_asking_again_draws_again() -> None:
    plan = FaultPlan()
    drawn = {visit: [plan.fault(Kind.ERROR, cc, visit) for cc in POP20] for visit in range(3)}
    assert drawn[0] != drawn[1] != drawn[2]
    # A client that keeps asking gets every flag.
    assert all(
        any(not plan.fault(Kind.ERROR, cc, visit).fails for visit in range(20)) for cc in ALL_CODES
    )


def test_the_default_seed_draws_what_it_always_drew() -> None:
    """Documentation and screenshots show these faults; every process draws the same."""
    plan = FaultPlan()
    faults = {cc: plan.fault(Kind.ERROR, cc, 0) for cc in ALL_CODES}
    assert [cc for cc in POP20 if faults[cc].fails] == ["id", "ru", "mx", "ph", "de"]
    assert sum(fault.fails for fault in faults.values()) == 166
    assert sum(fault.delay > 0 for fault in faults.values()) == 254


async def statuses_of_fresh_server(order: list[str]) -> dict[str, Counter[int]]:
    plan = FaultPlan(delay=0)
    app = FlagServer(Kind.ERROR, plan, {}).application()
    found: dict[str, Counter[int]] = {cc: Counter() for cc in order}
    async with TestClient(TestServer(app)) as client:
        for cc in order:
            async with client.get(f"/flags/{cc}/{cc}.gif") as response:
                found[cc][response.status] += 1
    return found


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_the_order_of_requests_changes_no_fault(data: st.DataObject) -> None:
    order = data.draw(st.lists(st.sampled_from(ALL_CODES[:8]), min_size=1, max_size=30))
    shuffled = data.draw(st.permutations(order))
    assert asyncio.run(statuses_of_fresh_server(order)) == asyncio.run(
        statuses_of_fresh_server(shuffled)
    )


@pytest.mark.parametrize(
    "values",
    [
        {"delay": -1}, {"delay": 3601}, {"delay": float("nan")}, {"delay": float("inf")},
        {"error_rate": -0.1}, {"error_rate": 1.1}, {"error_rate": float("nan")},
        {"seed": -1}, {"seed": 10**18},
    ],
)  # fmt: skip
def test_values_out_of_range_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(values)).replace("_", " ")):
        FaultPlan(**values)  # type: ignore[arg-type]
