"""How much gets done in a second."""

import pytest

from gateway.pace import KEPT, Pace


class Clock:
    """Moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def worked(pace: Pace, clock: Clock, *, pieces: int, seconds: float) -> None:
    """One after another."""
    for _ in range(pieces):
        pace.begin()
        clock.now += seconds
        pace.end()


def test_nothing_is_known_at_first() -> None:
    clock = Clock()
    pace = Pace(clock)
    worked(pace, clock, pieces=7, seconds=1)
    assert pace.per_second() is None


@pytest.mark.parametrize("seconds", [0.05, 0.5, 5])
def test_by_the_seconds_that_a_piece_takes(seconds: float) -> None:
    clock = Clock()
    pace = Pace(clock)
    worked(pace, clock, pieces=20, seconds=seconds)
    assert pace.per_second() == pytest.approx(1 / seconds)


def test_idle_time_does_not_count() -> None:
    clock = Clock()
    pace = Pace(clock)
    for _ in range(20):
        worked(pace, clock, pieces=1, seconds=0.5)
        clock.now += 1000
    assert pace.per_second() == pytest.approx(2)


def test_what_is_done_side_by_side_adds_up() -> None:
    clock = Clock()
    pace = Pace(clock)
    for _ in range(8):
        pace.begin()
    for _ in range(100):
        clock.now += 0.25
        pace.end()
        pace.begin()
    assert pace.per_second() == pytest.approx(4)


def test_it_falls_while_nothing_gets_done() -> None:
    clock = Clock()
    pace = Pace(clock)
    worked(pace, clock, pieces=KEPT, seconds=0.1)
    pace.begin()
    clock.now += 100
    assert pace.per_second() == pytest.approx((KEPT - 1) / (6.3 + 100))


def test_what_is_long_ago_does_not_count() -> None:
    clock = Clock()
    pace = Pace(clock)
    worked(pace, clock, pieces=1000, seconds=1)
    worked(pace, clock, pieces=KEPT, seconds=0.1)
    assert pace.per_second() == pytest.approx(10)
