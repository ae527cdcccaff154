"""Blocking calls of an adapter: on threads of its own, a bounded number of them, each within a deadline."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from gateway.errors import StoreUnavailable

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """`threads` of them; `waiting` calls may be under way or wait, each for `seconds`."""

    def __init__(self, threads: int, waiting: int, seconds: float) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="store")
        self._most = waiting
        self._seconds = seconds
        self._waiting = 0

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `work`. Raises StoreUnavailable where it takes too long, and at once where too much waits."""
        if self._waiting >= self._most:
            raise StoreUnavailable("The store has more to do than it can; try again shortly.")
        self._waiting += 1
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._seconds):
                return await loop.run_in_executor(self._pool, lambda: work(*args, **kwargs))
        except TimeoutError as error:
            raise StoreUnavailable("The store did not answer in time; try again shortly.") from error
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Waits for what runs, drops what waits."""
        self._pool.shutdown(wait=True, cancel_futures=True)
