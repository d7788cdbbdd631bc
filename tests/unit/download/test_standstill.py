"""Whether the process stood still, so that a timeout says nothing about the server."""

from flagdl.download.standstill import Standstill


def test_who_looks_in_time_has_not_stood_still() -> None:
    now = [0.0]
    still = Standstill(lambda: now[0], long=2)
    assert not still.since(0)  # before the first look
    for _ in range(10):
        still.look()
        now[0] += 1.9
        assert not still.since(0)


def test_a_long_time_is_noticed_before_the_next_look_and_after_it() -> None:
    now = [0.0]
    still = Standstill(lambda: now[0], long=2)
    still.look()
    now[0] = 100
    assert still.since(0)
    still.look()
    assert still.since(0)
    assert still.since(100)
    now[0] = 101
    assert not still.since(100.5)  # what began later lost no time
