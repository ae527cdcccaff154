"""The paper side of the check: what it reckons from times that can be reckoned in the head, and what it calls too far apart."""

import pytest

from bench.capacity_check import TOLERANCE, Found, Times, batching, compared, simulated

TIMES = Times(gateway=0.02, triton=0.10, idle=0.01, varying=0.0, slowdown=0.0)


def test_a_picture_alone_takes_the_sum_of_its_times() -> None:
    found = simulated(TIMES, rate=0.05, seconds=2000)
    assert found.p50 == pytest.approx(0.13)
    assert found.rate == pytest.approx(0.05, rel=0.3)


def test_half_of_capacity_is_slower_and_gets_everything_done() -> None:
    quiet, busy = simulated(TIMES, rate=0.05, seconds=2000), simulated(TIMES, rate=8, seconds=200)
    assert busy.rate == pytest.approx(8, rel=0.1)
    assert busy.p95 > busy.p50 > quiet.p50


def test_cores_that_slow_each_other_down_are_felt() -> None:
    slower = Times(gateway=0.02, triton=0.10, idle=0.01, varying=0.0, slowdown=0.3)
    assert simulated(slower, rate=8, seconds=100).p95 > simulated(TIMES, rate=8, seconds=100).p95


def test_the_largest_deviation_counts(capsys: pytest.CaptureFixture[str]) -> None:
    assert compared(1, Found(1, 2, 3), Found(1.1, 1.6, 3)) == pytest.approx(0.2)
    assert compared(1, Found(1, 2, 3), Found(1, 2.2, 3)) < TOLERANCE
    assert "p95 2.00 run, 1.60 simulated (-20%)" in capsys.readouterr().out


def test_batching_is_the_demonstration_models() -> None:
    assert (batching().instances, batching().most, batching().delay) == (2, 8, 0)
