"""Blocking calls of an adapter: on threads of its own, a bounded number of them, each within a deadline."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from gateway.errors import StoreUnavailable

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """`threads` of them; `waiting` calls may be under way or wait, each for `seconds`.

    Who gives up leaves the place taken until a thread has come to the call: what hangs fills the places, not the memory.
    """

    def __init__(self, threads: int, waiting: int, seconds: float) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="store")
        self._places = threading.Semaphore(waiting)
        self._seconds = seconds

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `work`. Raises StoreUnavailable where it takes too long, and at once where too much waits."""
        if not self._places.acquire(blocking=False):
            raise StoreUnavailable("The store has more to do than it can; try again shortly.")
        given_up = threading.Event()

        def call() -> T:
            try:
                if given_up.is_set():
                    raise TimeoutError
                return work(*args, **kwargs)
            finally:
                self._places.release()

        job = asyncio.get_running_loop().run_in_executor(self._pool, call)
        job.add_done_callback(_heard)
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.shield(job)  # a cancelled job would stay in the pool's queue, and not be counted
        except TimeoutError as error:
            raise StoreUnavailable("The store did not answer in time; try again shortly.") from error
        finally:
            given_up.set()

    def close(self) -> None:
        """Waits for what runs, drops what waits."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def _heard(job: asyncio.Future[T]) -> None:
    """What a call raises whose caller has gone is not complained of."""
    if not job.cancelled():
        job.exception()
