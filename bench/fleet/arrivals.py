"""When pictures come: at random, more of them in the evening than at night."""

import random
from collections.abc import Iterator, Sequence
from typing import Final

DAY: Final = 86_400.0
SHOP: Final = (3, 2, 1, 1, 1, 1, 2, 4, 6, 7, 8, 8, 9, 9, 8, 8, 8, 9, 11, 13, 14, 13, 9, 6)
"""Pictures of each hour of a day, as parts of each other: assumed, a shop whose customers are at home in the evening."""
EVEN: Final = (1,)


def rate(shape: Sequence[float], time: float) -> float:
    """At a time of the day, to the mean of the day: straight lines from the middle of each hour to that of the next."""
    hours = len(shape)
    place = time / DAY * hours - 0.5
    before = int(place // 1)
    share = place - before
    return (shape[before % hours] * (1 - share) + shape[(before + 1) % hours] * share) * hours / sum(shape)


def arrivals(chance: random.Random, a_day: float, shape: Sequence[float] = SHOP, days: float = 1.0) -> Iterator[float]:
    """Times, in seconds, of a Poisson process whose rate follows the day: by thinning one of the highest rate.

    P. A. W. Lewis, G. S. Shedler, "Simulation of nonhomogeneous Poisson processes by thinning", 1979.
    """
    most = max(shape) * len(shape) / sum(shape)
    time = 0.0
    while (time := time + chance.expovariate(a_day / DAY * most)) < days * DAY:
        if chance.random() * most < rate(shape, time):
            yield time
