"""Where the time goes."""

from collections.abc import Callable

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
