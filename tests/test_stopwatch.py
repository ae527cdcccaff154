"""Where the time goes."""

from collections.abc import Callable

import pytest

from gateway.stopwatch import Stopwatch


def clock(*seconds: int) -> Callable[[], float]:
    return map(float, seconds).__next__


def test_a_stage_that_runs_again_adds_up_and_keeps_its_place() -> None:
    watch = Stopwatch(clock(0, 1, 3, 6))
    for stage in ("decode", "queue", "decode"):
        watch.lap(stage)
    assert list(watch.stages.items()) == [("decode", 4), ("queue", 2)]


def test_what_another_did_not_see_is_counted_as_told() -> None:
    other = Stopwatch(clock(3, 5, 9))
    other.lap("compose")
    other.lap("encode")
    watch = Stopwatch(clock(0, 1, 10, 12))
    watch.lap("decode")
    watch.include(other, rest="queue")
    watch.lap("answer")
    assert watch.stages == {"decode": 1, "queue": 3, "compose": 2, "encode": 4, "answer": 2}


def test_what_ran_side_by_side_shares_the_time_that_passed() -> None:
    watch = Stopwatch(clock(0, 6))
    one, other = Stopwatch(clock(0, 4, 5)), Stopwatch(clock(0, 10, 15))
    for each in (one, other):
        each.lap("draw")
        each.lap("encode")
    watch.spread([one, other])
    assert watch.stages == pytest.approx({"draw": 6 * 14 / 20, "encode": 6 * 6 / 20})


def test_nothing_ran_side_by_side() -> None:
    watch = Stopwatch()
    watch.spread([])
    assert watch.stages == {}
