"""How much gets done in a second, while there is something to do."""

import time
from collections import deque
from collections.abc import Callable
from typing import Final

KEPT: Final = 64
"""Ends that are looked back on: several batches of a model, a few seconds of a busy service."""


class Pace:
    """Counts pieces of work that end against the time in which there were any; idle time does not count."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ends: deque[float] = deque(maxlen=KEPT)
        self._present = 0
        self._busy = 0.0
        self._since = 0.0

    def begin(self) -> None:
        """One more is under way."""
        if not self._present:
            self._since = self._clock()
        self._present += 1

    def end(self) -> None:
        """One of them is done."""
        busy = self._busy_seconds()
        self._ends.append(busy)
        self._present -= 1
        if not self._present:
            self._busy = busy

    def per_second(self) -> float | None:
        """By the last ends and the time since; None before there have been a few."""
        if len(self._ends) < KEPT // 8:
            return None
        return (len(self._ends) - 1) / max(self._busy_seconds() - self._ends[0], 1e-9)

    def _busy_seconds(self) -> float:
        return self._busy + (self._clock() - self._since if self._present else 0.0)
