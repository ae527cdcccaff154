"""Counting what clients use, by the moving windows of `limits`: in this process, or in a Redis that several share."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from limits.aio.storage import MovingWindowSupport

from gateway.rates.memory import Memory
from gateway.rates.rate import Rate


@dataclass(frozen=True)
class Count:
    """How it stands with a client's rate.

    `remaining` units may be used now; the oldest that are used come back in `reset` seconds, 0 where none are. `wait` are the
    seconds until what was asked for can be taken; None: it was.
    """

    remaining: int
    reset: float
    wait: float | None = None


class Counting(Protocol):
    """Whoever counts. `without` grows with each request that is counted elsewhere than it should be, or not at all."""

    @property
    def without(self) -> int: ...

    async def take(self, who: str, rate: Rate, units: int, whole: int) -> Count:
        """Uses `units` of `who`'s rate if it has them; else they will be waited for with what else makes up the `whole`
        request, which comes again then. Raises LimitsUnavailable."""


class Windows:
    """Over one storage, whose time is `clock`, in seconds."""

    without = 0

    def __init__(self, storage: MovingWindowSupport, clock: Callable[[], float]) -> None:
        self._storage = storage
        self._clock = clock

    async def take(self, who: str, rate: Rate, units: int, whole: int) -> Count:
        """See Counting; raises what the storage raises."""
        key = f"{who}/{rate.units}/{rate.seconds}"
        taken = await self._storage.acquire_entry(key, rate.units, rate.seconds, units)
        oldest, used = await self._storage.get_moving_window(key, rate.units, rate.seconds)
        reset = self._left(oldest, rate) if used else 0
        wait = None if taken else await self._wait(key, rate, whole)
        return Count(max(rate.units - used, 0), reset, wait)

    async def _wait(self, key: str, rate: Rate, whole: int) -> float:
        """Until so much has come back that `whole` is there: of the newest units, one more than may stay has to go."""
        last, _ = await self._storage.get_moving_window(key, rate.units - whole + 1, rate.seconds)
        return self._left(last, rate)

    def _left(self, when: float, rate: Rate) -> float:
        return min(max(when + rate.seconds - self._clock(), 0), rate.seconds)


def in_memory(clock: Callable[[], float] = time.monotonic) -> Windows:
    """Of this process alone, in bounded memory."""
    return Windows(Memory(clock=clock), clock)
