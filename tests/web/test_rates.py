"""The limit of changes, by a clock that only goes forward."""

from flagdl.web.rates import RateLimit


def test_each_address_has_its_own_changes_in_each_minute() -> None:
    now = [1000.0]
    rate = RateLimit(2, clock=lambda: now[0])
    assert [rate.count("a") for _ in range(3)] == [0, 0, 60]
    assert rate.count("b") == 0
    now[0] += 59.5
    assert rate.count("a") == 1
    now[0] += 0.5
    assert [rate.count("a") for _ in range(3)] == [0, 0, 60]
