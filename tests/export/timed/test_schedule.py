"""The schedule in shares of the time."""

import pytest

from export.timed.schedule import CPU, FURTHER, GPU, Phase, Schedule

SCHEDULE = Schedule((Phase(0.5, 32, False, 8, 0.4), Phase(1.0, 64, True, 4, 0.8)), rate=1.0, last=0.1, warm_up=0.1)


@pytest.mark.parametrize(("share", "number"), [(0.0, 0), (0.49, 0), (0.5, 1), (0.99, 1), (1.0, 1), (1.2, 1)])
def test_phases_follow_each_other(share, number):
    assert SCHEDULE.phase(share) == number


def test_the_rate_rises_falls_and_rises_again_for_a_new_phase():
    assert SCHEDULE.rate_at(0.0) < 0.05 < 0.9 < SCHEDULE.rate_at(0.12)
    assert SCHEDULE.rate_at(0.501) < 0.1 * SCHEDULE.rate_at(0.499)
    assert SCHEDULE.rate_at(0.6) == pytest.approx(0.1 + 0.9 * 0.3455, abs=0.01)
    assert SCHEDULE.rate_at(1.0) == pytest.approx(0.1)


def test_pictures_grow_harder():
    assert [SCHEDULE.hard_at(s) for s in (0.0, 0.25, 0.5, 0.75)] == pytest.approx([0.0, 0.2, 0.4, 0.6])


def test_batches_are_scaled_but_never_single():
    assert [phase.batch for phase in SCHEDULE.scaled(0.3).phases] == [2, 2]


@pytest.mark.parametrize("schedule", [GPU, CPU, FURTHER], ids=["gpu", "cpu", "further"])
def test_the_last_phase_is_the_served_size_and_ends_with_the_time(schedule):
    assert (schedule.phases[-1].until, schedule.phases[-1].size) == (1.0, 384)
