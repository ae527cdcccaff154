"""Back-pressure: a permit before work, a place to wait, and threads for what computes.

Permits are many more than threads. A picture holds its permit while it is with the model, where the gateway only waits;
so enough pictures are under way to fill the model's batches, while at most `threads` of them compute at once.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import ParamSpec, TypeVar

from gateway.errors import Overloaded

P = ParamSpec("P")
T = TypeVar("T")


class Workers:
    """`permits` pictures in work, `places` more waiting for a permit, `threads` computing."""

    def __init__(self, *, permits: int, places: int, threads: int) -> None:
        self._permits = asyncio.Semaphore(permits)
        self._places = places
        self._waiting = 0
        self._capacity = permits + places
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="picture")

    @asynccontextmanager
    async def permit(self) -> AsyncIterator[None]:
        """Holds one permit. Raises Overloaded at once when all permits and all places are taken."""
        if self._permits.locked() and self._waiting >= self._places:
            raise Overloaded(f"All {self._capacity} places are taken; try again shortly.")
        self._waiting += 1
        try:
            await self._permits.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._permits.release()

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `work`, computed on a thread. Cancelling drops work that has not begun."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: work(*args, **kwargs))

    def close(self) -> None:
        """Waits for the steps that run, drops those that wait."""
        self._pool.shutdown(wait=True, cancel_futures=True)
