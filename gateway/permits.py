"""A bounded number of permits, of which large work takes several."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

Moved = Callable[[int], None]
"""Takes the position of who waits, 1 for the next: when it begins to wait and at each change."""


class _Turn(NamedTuple):
    weight: int
    come: asyncio.Future[None]
    moved: Moved


class Permits:
    """`total` permits, given in the order in which they are asked for: what is large waits no longer than what is small."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._free = total
        self._waiting: deque[_Turn] = deque()

    @property
    def total(self) -> int:
        """How many there are."""
        return self._total

    @property
    def used(self) -> int:
        """How many are held."""
        return self._total - self._free

    @property
    def waiting(self) -> int:
        """How many wait for permits."""
        return len(self._waiting)

    @asynccontextmanager
    async def hold(self, weight: int, moved: Moved = lambda position: None) -> AsyncIterator[None]:
        """Waits for `weight` permits and holds them; who asks for more than there are gets all of them."""
        weight = min(weight, self._total)
        await self._take(weight, moved)
        try:
            yield
        finally:
            self._give_back(weight)

    async def _take(self, weight: int, moved: Moved) -> None:
        turn = _Turn(weight, asyncio.get_running_loop().create_future(), moved)
        self._waiting.append(turn)
        self._hand_out()
        if not turn.come.done():
            moved(len(self._waiting))
        try:
            await turn.come
        except asyncio.CancelledError:
            if turn in self._waiting:
                self._waiting.remove(turn)
                self._hand_out()  # the next may be smaller
                self._say_positions()
            elif not turn.come.cancelled():  # it came in the same moment
                self._give_back(weight)
            raise

    def _give_back(self, weight: int) -> None:
        self._free += weight
        before = len(self._waiting)
        self._hand_out()
        if len(self._waiting) < before:
            self._say_positions()

    def _say_positions(self) -> None:
        for position, turn in enumerate(self._waiting, 1):
            turn.moved(position)

    def _hand_out(self) -> None:
        while self._waiting and self._waiting[0].weight <= self._free:
            turn = self._waiting.popleft()
            if not turn.come.done():
                self._free -= turn.weight
                turn.come.set_result(None)
