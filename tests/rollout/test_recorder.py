"""What one instance counts."""

from collections.abc import Iterator

import pytest

from gateway.rollout.recorder import MOST_SLOTS, SLOT_SECONDS, Recorder
from gateway.rollout.tally import Agreement, Tally, answered
from tests.rollout.plans import NOON, later


class Clock:
    """Seconds since 1970, when the test says so."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def recorder(clock: Clock) -> Iterator[Recorder]:
    recorder = Recorder(clock)
    recorder.begin(NOON)
    return recorder


def test_a_slot_holds_what_came_within_its_seconds(clock: Clock, recorder: Recorder) -> None:
    recorder.answered(1, 0.5)
    clock.now += SLOT_SECONDS - 0.1
    recorder.answered(1, 0.5)
    recorder.failed(2)
    recorder.compared(Agreement(dropped=1))
    clock.now += 0.2
    recorder.failed(2)
    first, second = recorder.slots(600)
    assert (first.begin, second.begin) == (1_000_000, 1_000_000 + SLOT_SECONDS)
    assert first.tallies == {1: answered(0.5) + answered(0.5), 2: Tally(1, 1)}
    assert first.agreement == Agreement(dropped=1)
    assert (second.tallies, second.agreement) == ({2: Tally(1, 1)}, Agreement())


def test_slots_begin_at_the_same_times_in_every_instance(clock: Clock, recorder: Recorder) -> None:
    clock.now += 3.7
    recorder.answered(1, 0.5)
    assert recorder.slots(600)[0].begin % SLOT_SECONDS == 0


def test_what_is_older_than_the_window_is_not_told(clock: Clock, recorder: Recorder) -> None:
    for _ in range(10):
        recorder.answered(1, 0.5)
        clock.now += SLOT_SECONDS
    begins = [each.begin for each in recorder.slots(4 * SLOT_SECONDS)]
    assert min(begins) >= clock.now - 5 * SLOT_SECONDS
    assert {begin for begin in begins if begin >= clock.now - 4 * SLOT_SECONDS} == {
        1_000_000 + number * SLOT_SECONDS for number in range(6, 10)
    }
    assert begins == sorted(begins)
    assert recorder.whole[1].requests == 10


def test_a_second_without_anything_makes_no_slot(clock: Clock, recorder: Recorder) -> None:
    recorder.answered(1, 0.5)
    clock.now += 100 * SLOT_SECONDS
    recorder.answered(1, 0.5)
    assert len(recorder.slots(3600)) == 2
    clock.now += 4000
    assert recorder.slots(3600) == ()


def test_no_more_than_an_hour_is_kept(clock: Clock, recorder: Recorder) -> None:
    for _ in range(MOST_SLOTS + 30):
        recorder.failed(1)
        clock.now += SLOT_SECONDS
    assert len(recorder.slots(10**9)) == MOST_SLOTS
    assert recorder.slots(10**9)[0].begin == 1_000_000 + 30 * SLOT_SECONDS
    assert recorder.whole[1] == Tally(MOST_SLOTS + 30, MOST_SLOTS + 30)


def test_what_was_told_does_not_change(recorder: Recorder) -> None:
    recorder.answered(1, 0.5)
    (told,) = recorder.slots(600)
    recorder.answered(1, 0.5)
    assert told.tallies[1].requests == 1


def test_another_rollout_is_counted_anew(recorder: Recorder) -> None:
    recorder.answered(1, 0.5)
    recorder.compared(Agreement(dropped=1))
    assert recorder.begun == NOON
    recorder.begin(later(60))
    assert (recorder.begun, recorder.slots(600), dict(recorder.whole)) == (later(60), (), {})
