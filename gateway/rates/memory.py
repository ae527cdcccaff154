"""Moving windows in this process's memory.

The storage that comes with `limits` looks at every client's window, in threads, with each request, and keeps as many clients
as come; this one looks at one window and keeps a bounded number of entries.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from limits.aio.storage import MovingWindowSupport

ENTRIES: Final = 200_000
"""Clients and what they have used, together."""


class _Window:
    """What one client has used: when, and how many units; the oldest first."""

    def __init__(self) -> None:
        self.entries: list[tuple[float, int]] = []
        self.units = 0

    def forget(self, until: float) -> int:
        """Drops what was used until then; returns the number of entries dropped."""
        old = next((at for at, (when, _) in enumerate(self.entries) if when > until), len(self.entries))
        self.units -= sum(units for _, units in self.entries[:old])
        del self.entries[:old]
        return old

    def oldest_of(self, newest: int) -> tuple[float, int] | None:
        """Of the so many newest units: when the oldest was used, and how many there are."""
        if not self.entries:
            return None
        if newest >= self.units:
            return self.entries[0][0], self.units
        counted, at = 0, len(self.entries)
        while counted < newest:
            at -= 1
            counted += self.entries[at][1]
        return self.entries[at][0], newest


class Memory(MovingWindowSupport):
    """Beyond `most` clients and entries, the clients that were quiet for longest are forgotten. `clock` gives seconds."""

    wrap_exceptions = False

    def __init__(self, most: int = ENTRIES, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._windows: OrderedDict[str, _Window] = OrderedDict()  # who used something last comes last
        self._entries = 0

    def __len__(self) -> int:
        """Clients and entries."""
        return len(self._windows) + self._entries

    async def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Uses `amount` units, if no more than `limit` are used in `expiry` seconds then."""
        now = self._clock()
        window = self._windows.setdefault(key, _Window())
        self._entries -= window.forget(now - expiry)
        if window.units + amount > limit:
            return False
        window.entries.append((now, amount))
        window.units += amount
        self._entries += 1
        self._windows.move_to_end(key)
        self._evict()
        return True

    async def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """When the oldest of the `limit` newest units was used, and how many of them are used."""
        now = self._clock()
        window = self._windows.get(key, _Window())
        self._entries -= window.forget(now - expiry)
        return window.oldest_of(limit) or (now, 0)

    def _evict(self) -> None:
        while len(self) > self._most:
            _, window = self._windows.popitem(last=False)
            self._entries -= len(window.entries)
