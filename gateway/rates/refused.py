"""Who has nothing left, and until when: whoever goes on asking is not counted anew each time."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from gateway.rates.count import Count
from gateway.rates.rate import Rate

MOST: Final = 10_000
"""Clients that are remembered; of more, those are forgotten that have been refused for longest."""


class Refused:
    """By the seconds of `clock`."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until: OrderedDict[tuple[str, Rate], float] = OrderedDict()

    def note(self, who: str, rate: Rate, count: Count) -> None:
        """`who` was refused, and may have nothing left; what others use of it meanwhile only makes that last longer."""
        if count.remaining:
            return
        self._until[who, rate] = self._clock() + count.reset
        self._until.move_to_end((who, rate))
        if len(self._until) > MOST:
            self._until.popitem(last=False)

    def still(self, who: str, rate: Rate) -> Count | None:
        """How it stands with `who`, where nothing can have come back yet."""
        left = self._until.get((who, rate), 0.0) - self._clock()
        if left > 0:
            return Count(0, left, left)
        self._until.pop((who, rate), None)
        return None
