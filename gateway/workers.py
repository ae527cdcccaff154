"""Back-pressure: a place before anything is done, permits before work, and threads for what computes.

Places are bounded by time: who is let in is to be done soon, by the pace of late, so a service that gets slower lets in fewer.

Permits are many more than threads. A picture holds its permits while it is with the model, where the gateway only waits;
so enough pictures are under way to fill the model's batches, while at most `threads` of them compute at once.
"""

import asyncio
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent import futures
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from fractions import Fraction
from typing import Final, ParamSpec, TypeVar

from gateway.errors import Overloaded
from gateway.pace import Pace
from gateway.permits import Moved, Permits

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")
Clock = Callable[[], float]

_BATCHES: Final = 16  # one that the model works on, and the next
_LONGEST_WAIT: Final = 30


class Abandoned(Exception):
    """Nobody waits for this work any more."""


class Workers:
    """`permits` for pictures in work, `places` more requests waiting for some, `threads` computing.

    No more are let in than would be done within `seconds`, though always enough to keep the model in full batches. The last
    places are for the favoured.
    """

    def __init__(
        self, *, permits: int, places: int, threads: int, seconds: float = math.inf, clock: Clock = time.monotonic
    ) -> None:
        self.permits = Permits(permits)
        self._most = permits + places
        self._share = Fraction(permits, self._most)
        self._least = min(_BATCHES, permits)
        self._seconds = seconds
        self._pace = Pace(clock)
        self._present = 0
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="picture")

    @contextmanager
    def place(self, *, favoured: bool = True) -> Iterator[None]:
        """A place among the requests that are in work or wait. Raises Overloaded at once when all are taken."""
        places = self.places if favoured else int(self.places * self._share)
        if self._present >= places:
            raise Overloaded(f"All {places} places are taken; try again shortly.", retry_after=self._wait())
        self._present += 1
        self._pace.begin()
        try:
            yield
        finally:
            self._pace.end()
            self._present -= 1

    @property
    def places(self) -> int:
        """How many requests may be in work or wait."""
        pace = self._pace.per_second()
        soon = math.inf if pace is None else pace * self._seconds
        return int(min(max(soon, self._least), self._most))

    def _wait(self) -> int:
        """Seconds until half of those who are here should be done."""
        pace = self._pace.per_second() or math.inf
        return min(max(math.ceil(self._present / pace / 2), 1), _LONGEST_WAIT)

    @property
    def present(self) -> int:
        """How many are in work or wait."""
        return self._present

    @property
    def busy(self) -> bool:
        """Whether requests wait for permits."""
        return self.permits.waiting > 0

    def permit(self, weight: int = 1, moved: Moved = lambda position: None) -> AbstractAsyncContextManager[None]:
        """Waits for `weight` permits, in turn, and holds them; `moved` hears of each position while it waits."""
        return self.permits.hold(weight, moved)

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `work`, computed on a thread. Cancelling drops work that has not begun."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: work(*args, **kwargs))

    async def run_while_wanted(self, work: Callable[[Callable[[], None]], T]) -> T:
        """As `run`; `work` is given a function to call between its steps, which raises Abandoned once cancelled."""
        cancelled = threading.Event()

        def going() -> None:
            if cancelled.is_set():
                raise Abandoned

        try:
            return await self.run(work, going)
        finally:
            cancelled.set()

    def map(self, work: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """As the built-in `map`, for work that runs on one of the threads already: those that are idle help with it.

        The caller works through `items` itself as long as nobody helps, so it never waits for work that has not begun. What
        `work` raises is raised once nothing of it runs any more; what had not begun is dropped.
        """
        jobs = list(enumerate(items))
        source = iter(jobs)
        done: dict[int, R] = {}

        def take() -> None:
            for number, item in source:
                try:
                    done[number] = work(item)
                except BaseException:
                    deque(source, maxlen=0)  # the rest is not begun
                    raise

        helpers = self._helpers(take, len(jobs) - 1)
        try:
            take()
        finally:
            helped = [helper for helper in helpers if not helper.cancel()]
            futures.wait(helped)
        for helper in helped:
            helper.result()
        return [done[number] for number, _ in jobs]

    def _helpers(self, take: Callable[[], None], most: int) -> list[Future[None]]:
        with suppress(RuntimeError):  # the pool is closing: nobody helps
            return [self._pool.submit(take) for _ in range(min(most, self._threads - 1))]
        return []

    def close(self) -> None:
        """Waits for the steps that run, drops those that wait."""
        self._pool.shutdown(wait=True, cancel_futures=True)
