"""The nonces of one process: a request is answered once."""

import heapq
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from gateway.errors import Overloaded

MOST: Final = 100_000
"""Of one key, some thirty megabytes: 250 signed requests a second, all the time. One key's flood leaves the others alone."""


class MemoryNonces:
    """Remembers them as long as they are asked to be; another process, or the next one, knows nothing of them."""

    def __init__(self, most: int = MOST, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._known: set[tuple[str, str]] = set()
        self._ends: list[tuple[float, tuple[str, str]]] = []  # a heap
        self._held: Counter[str] = Counter()

    async def first(self, key_id: str, nonce: str, seconds: float) -> bool:
        """Whether the key's nonce is new; it is remembered for so long. Raises Overloaded where the key has too many."""
        now = self._clock()
        self._forget(now)
        if (key_id, nonce) in self._known:
            return False
        if self._held[key_id] >= self._most:
            raise too_many(self._most)
        self._known.add((key_id, nonce))
        self._held[key_id] += 1
        heapq.heappush(self._ends, (now + seconds, (key_id, nonce)))
        return True

    async def close(self) -> None:
        """Nothing is open."""

    def _forget(self, now: float) -> None:
        while self._ends and self._ends[0][0] <= now:
            _, (key_id, nonce) = heapq.heappop(self._ends)
            self._known.remove((key_id, nonce))
            self._held[key_id] -= 1


def too_many(most: int) -> Overloaded:
    """Of one key."""
    return Overloaded(f"The key has signed {most} requests of late, as many as are remembered.")
