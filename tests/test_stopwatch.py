"""Where the time goes."""

from collections.abc import Callable

import pytest

from gateway.stopwatch import STAGES, Lap, Stopwatch, of_request, timed, timing


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


def test_laps_say_when_and_of_what() -> None:
    watch = Stopwatch(clock(0, 1, 3))
    watch.lap("decode")
    watch.lap("effect", "popart")
    assert watch.laps == [Lap("decode", "", 0, 1), Lap("effect", "popart", 1, 3)]


def test_what_is_taken_over_keeps_its_times() -> None:
    other = Stopwatch(clock(3, 5))
    other.lap("compose")
    watch = Stopwatch(clock(0, 6))
    watch.include(other, rest="queue")
    assert watch.laps == [Lap("queue", "", 0, 3), Lap("compose", "", 3, 5)]


def test_a_stage_is_timed_however_it_ends() -> None:
    watch = Stopwatch(clock(0, 2, 7))
    with pytest.raises(KeyError), watch.timing("infer"):
        raise KeyError
    assert watch.laps == [Lap("infer", "", 2, 7)]


def test_waiting_for_a_thread_is_told_from_its_work() -> None:
    watch = Stopwatch(clock(0, 4, 4, 5))
    assert watch.threaded("decode", divmod)(7, 2) == (3, 1)
    assert watch.stages == {"queue": 4, "decode": 1}


def test_what_is_timed_is_the_requests_too_even_where_it_fails() -> None:
    request = Stopwatch()
    with of_request(request):
        with timing("receive"):
            pass
        with pytest.raises(ZeroDivisionError), timed() as watch:
            watch.threaded("decode", divmod)(1, 0)
    with timing("infer"):
        pass
    assert list(request.stages) == ["receive", "queue", "decode"]
    assert [lap.stage for lap in request.laps] == ["receive", "queue", "decode"]
    assert request.stages.keys() <= STAGES.keys()
