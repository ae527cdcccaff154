"""A bounded number of permits, of which large work takes several."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple


class _Turn(NamedTuple):
    weight: int
    come: asyncio.Future[None]


class Permits:
    """`total` permits, given in the order in which they are asked for: what is large waits no longer than what is small."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._free = total
        self._waiting: deque[_Turn] = deque()

    @asynccontextmanager
    async def hold(self, weight: int) -> AsyncIterator[None]:
        """Waits for `weight` permits and holds them; who asks for more than there are gets all of them."""
        weight = min(weight, self._total)
        await self._take(weight)
        try:
            yield
        finally:
            self._give_back(weight)

    async def _take(self, weight: int) -> None:
        turn = _Turn(weight, asyncio.get_running_loop().create_future())
        self._waiting.append(turn)
        self._hand_out()
        try:
            await turn.come
        except asyncio.CancelledError:
            if turn in self._waiting:
                self._waiting.remove(turn)
                self._hand_out()  # the next may be smaller
            elif not turn.come.cancelled():  # it came in the same moment
                self._give_back(weight)
            raise

    def _give_back(self, weight: int) -> None:
        self._free += weight
        self._hand_out()

    def _hand_out(self) -> None:
        while self._waiting and self._waiting[0].weight <= self._free:
            turn = self._waiting.popleft()
            if not turn.come.done():
                self._free -= turn.weight
                turn.come.set_result(None)
