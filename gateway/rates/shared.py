"""Counting in a Redis, and what is done while it is away."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import structlog
from limits.aio.storage import RedisStorage
from limits.errors import StorageError
from redis.asyncio import BlockingConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from gateway.errors import LimitsUnavailable, Overloaded
from gateway.rates.count import Count, Counting, Windows, in_memory
from gateway.rates.rate import Rate
from gateway.rates.refused import Refused

_log = structlog.get_logger(__name__)

SECONDS: Final = 1.0
"""For one count, connecting included: long enough for a process that is busy itself not to take that for Redis's silence."""
TURN_SECONDS: Final = 0.25
"""Until one of the few that ask at a time is done."""
PAUSE_SECONDS: Final = 1.0
"""Between two questions whether a Redis that failed is back."""
_CONNECTIONS: Final = 32


class Shared:
    """`windows` are Redis's; while they are away `spare` counts, and without it no request is taken."""

    def __init__(self, windows: Windows, spare: Counting | None) -> None:
        self._windows = windows
        self._spare = spare
        self._refused = Refused(time.monotonic)
        self._turns = asyncio.Semaphore(_CONNECTIONS)
        self._pause_ends = 0.0
        self._without: int | None = None  # counted since Redis went away
        self.without = 0
        """Counted without Redis, in all."""

    async def take(self, who: str, rate: Rate, units: int, whole: int) -> Count:
        """See Counting; raises Overloaded where more is to be counted than can be."""
        known = self._refused.still(who, rate)
        if known is not None:
            return known
        async with self._turn():
            count = await self._counted(who, rate, units, whole)
        if count.wait is not None:
            self._refused.note(who, rate, count)
        return count

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Few ask at a time: who waits for others of us does not take it for Redis's silence."""
        try:
            async with asyncio.timeout(TURN_SECONDS):
                await self._turns.acquire()
        except TimeoutError as exc:
            raise Overloaded("More requests have to be counted than can be; try again shortly.") from exc
        try:
            yield
        finally:
            self._turns.release()

    async def _counted(self, who: str, rate: Rate, units: int, whole: int) -> Count:
        now = time.monotonic()
        if now < self._pause_ends:
            return await self._take_without(who, rate, units, whole)
        if self._without is not None:
            self._pause_ends = now + PAUSE_SECONDS  # this one asks whether Redis is back, and no other meanwhile
        try:
            async with asyncio.timeout(SECONDS):
                count = await self._windows.take(who, rate, units, whole)
        except (StorageError, TimeoutError, OSError) as exc:
            self._went(exc)
            return await self._take_without(who, rate, units, whole)
        self._came_back()
        return count

    async def _take_without(self, who: str, rate: Rate, units: int, whole: int) -> Count:
        self._without = (self._without or 0) + 1
        self.without += 1
        if self._spare is None:
            raise LimitsUnavailable("Requests cannot be counted at the moment; try again shortly.")
        return await self._spare.take(who, rate, units, whole)

    def _went(self, exc: Exception) -> None:
        self._pause_ends = time.monotonic() + PAUSE_SECONDS
        if self._without is None:
            meanwhile = "nothing is taken" if self._spare is None else "each process counts alone"
            _log.error("Redis does not count the requests", meanwhile=meanwhile, reason=_reason(exc))

    def _came_back(self) -> None:
        if self._without is not None:
            _log.info("Redis counts the requests again", without=self._without)
            self._without, self._pause_ends = None, 0.0


@asynccontextmanager
async def shared(url: str, *, otherwise_open: bool) -> AsyncIterator[Shared]:
    """Counts in the Redis at `url`, redis:// or rediss://, which need not be there yet."""
    pool: Any = BlockingConnectionPool.from_url(
        url,
        max_connections=_CONNECTIONS,
        timeout=SECONDS,
        socket_timeout=SECONDS,
        socket_connect_timeout=SECONDS,
        retry=Retry(NoBackoff(), 1),  # once: a connection from before a restart of Redis is found dead when it is used
    )
    storage = RedisStorage(
        "async+" + url, wrap_exceptions=True, implementation="redispy", key_prefix="cutout", connection_pool=pool
    )
    try:
        yield Shared(Windows(storage, time.time), in_memory() if otherwise_open else None)
    finally:
        await pool.aclose()


def _reason(exc: Exception) -> str:
    return repr(exc.__cause__ or exc)[:500]
