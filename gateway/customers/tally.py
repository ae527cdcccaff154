"""How much is kept, by tier, without looking at it: a count for each day on which pictures came.

What a day brought is over when the tier's lifetime is, so nothing has to be subtracted then; what is moved before that is
subtracted from the day that brought it. A count that could not be written is lost, so sums are near the truth and not exactly
it; `cleaned` counts.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Final

import msgspec
import structlog

from gateway.customers.sessions import Change
from gateway.customers.tiers import LIFETIMES, Tier
from gateway.errors import StoreUnavailable
from gateway.store.store import Changed, Store

_TRIES: Final = 10
_AT_ONCE: Final = 64
_log = structlog.get_logger(__name__)


class Count(msgspec.Struct, frozen=True):
    """Pictures and their bytes."""

    pictures: int = 0
    bytes: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(self.pictures + other.pictures, self.bytes + other.bytes)


class Tally:
    """Of one store."""

    def __init__(self, store: Store, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._store = store
        self._clock = clock

    async def add(self, tier: Tier, day: date, count: Count) -> None:
        """Counts what came to the tier on that day; negative, what came then and went. Never raises StoreUnavailable."""
        name = _name(tier, day)
        over = datetime.combine(day, datetime.min.time(), UTC) + LIFETIMES[tier] + timedelta(days=2)
        try:
            for _ in range(_TRIES):
                found = await self._store.get(name)
                before, generation = (Count(), 0) if found is None else (_read(found.body), found.info.generation)
                with suppress(Changed):
                    body = msgspec.json.encode(before + count)
                    await self._store.put(
                        name, body, media_type="application/json", expires=over, generation=generation
                    )
                    return
        except StoreUnavailable as error:
            _log.warning("a count was lost", tier=tier, reason=str(error))
        else:
            _log.warning("a count was lost", tier=tier, reason="it was changed by others all the time")

    async def sums(self) -> dict[Tier, Count]:
        """What is kept by tier. Raises StoreUnavailable."""
        return {tier: await self._sum(tier) for tier in LIFETIMES}

    async def _sum(self, tier: Tier) -> Count:
        total = Count()
        names = list(self._names(tier))
        for start in range(0, len(names), _AT_ONCE):
            found = await asyncio.gather(*(self._store.get(name) for name in names[start : start + _AT_ONCE]))
            total = sum((_read(each.body) for each in found if each is not None), total)
        return total

    def _names(self, tier: Tier) -> Iterator[str]:
        today = self._clock().date()
        return (_name(tier, today - timedelta(days=days)) for days in range(LIFETIMES[tier].days + 1))


def differences(change: Change) -> dict[tuple[Tier, date], Count]:
    """What a session's change adds to the counts, and takes from them, by tier and the day on which pictures came to it."""
    counts: defaultdict[tuple[Tier, date], Count] = defaultdict(Count)
    for session, sign in ((change.before, -1), (change.after, 1)):
        for each in session.pictures:
            counts[session.tier, (each.expires - LIFETIMES[session.tier]).date()] += Count(sign, sign * each.size)
    return {key: count for key, count in counts.items() if count != Count()}


def _name(tier: Tier, day: date) -> str:
    return f"sessions/tally/{tier}/{day.isoformat()}"


def _read(body: bytes) -> Count:
    return msgspec.json.decode(body, type=Count)
