"""What happens when."""

import itertools
import math
from collections.abc import Callable
from heapq import heappop, heappush

Action = Callable[[], None]


class Agenda:
    """Actions at times, done in their order; `now` is the time of the one that is being done, in seconds."""

    def __init__(self) -> None:
        self.now = 0.0
        self._planned: list[tuple[float, int, Action]] = []
        self._numbers = itertools.count()

    def at(self, time: float, action: Action) -> None:
        """Of two at one time the one that was planned first comes first."""
        heappush(self._planned, (time, next(self._numbers), action))

    def after(self, seconds: float, action: Action) -> None:
        """So many seconds from now."""
        self.at(self.now + seconds, action)

    def run(self, until: float = math.inf) -> None:
        """Does what is planned, and what that plans, up to a time."""
        while self._planned and self._planned[0][0] <= until:
            self.now, _, action = heappop(self._planned)
            action()
