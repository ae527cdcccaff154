"""Whether one client asks for most of what is asked."""

import time
from collections import Counter, deque
from collections.abc import Callable
from typing import Final

from gateway.telemetry.record import Record

SECONDS: Final = 60.0
MOST: Final = 10_000
"""Requests that are remembered: where more come in a minute, the last of them tell as much."""


class Busiest:
    """Remembers the last minute's requests by client; probes and what has no address are not counted."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._asked: deque[tuple[float, str]] = deque()
        self._counts: Counter[str] = Counter()

    def observe(self, kept: Record) -> None:
        """One request."""
        if kept.is_probe or not kept.network:
            return
        self._asked.append((self._clock(), kept.network))
        self._counts[kept.network] += 1
        self._forget()

    @property
    def share(self) -> float:
        """Of the busiest client, from 0 to 1; 0 where nobody asked."""
        self._forget()
        return max(self._counts.values(), default=0) / max(len(self._asked), 1)

    def _forget(self) -> None:
        end = self._clock() - SECONDS
        while self._asked and (self._asked[0][0] < end or len(self._asked) > MOST):
            _, client = self._asked.popleft()
            self._counts[client] -= 1
            if not self._counts[client]:
                del self._counts[client]
