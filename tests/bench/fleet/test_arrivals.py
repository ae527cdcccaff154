"""How many come, and when."""

import random
from collections import Counter
from itertools import pairwise

import pytest

from bench.fleet.arrivals import DAY, EVEN, SHOP, arrivals, rate


@pytest.mark.parametrize("shape", [SHOP, EVEN], ids=["shop", "even"])
def test_a_day_has_as_many_as_was_said(shape: tuple[int, ...]) -> None:
    count = sum(1 for _ in arrivals(random.Random(1), 20_000, shape))
    assert abs(count - 20_000) < 4 * 20_000**0.5


def test_they_follow_the_day() -> None:
    hours = Counter(int(time // 3600) for time in arrivals(random.Random(1), 100_000))
    for hour in range(24):
        mean = sum(rate(SHOP, hour * 3600 + 60 * minute + 30) for minute in range(60)) / 60
        assert hours[hour] == pytest.approx(100_000 * mean / 24, abs=4 * (100_000 * mean / 24) ** 0.5), hour


def test_the_mean_of_the_day_is_one_and_midnight_is_no_step() -> None:
    assert sum(rate(SHOP, minute * 60 + 30) for minute in range(1440)) / 1440 == pytest.approx(1)
    assert rate(SHOP, 0) == pytest.approx(rate(SHOP, DAY), rel=1e-9)


def test_gaps_of_an_even_day_are_exponential() -> None:
    times = list(arrivals(random.Random(2), 50_000, EVEN))
    gaps = [after - before for before, after in pairwise(times)]
    mean = DAY / 50_000
    assert sum(gaps) / len(gaps) == pytest.approx(mean, rel=0.02)
    assert sum(gap > 2 * mean for gap in gaps) / len(gaps) == pytest.approx(2.718281828**-2, rel=0.05)
