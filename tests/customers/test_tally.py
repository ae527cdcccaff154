"""Sums: what is counted, what is over, what moves."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.customers.customers import Brought, Customers
from gateway.customers.sessions import Sessions
from gateway.customers.tally import Count, Tally
from gateway.store.store import Changed, Info, Object
from gateway.workers import Workers
from tests.photos import photo
from tests.store.memory import MemoryStore

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Slow(MemoryStore):
    """Others come between a look and what follows it."""

    async def get(self, name: str) -> Object | None:
        found = await super().get(name)
        await asyncio.sleep(0)
        return found


@pytest.fixture
def store() -> MemoryStore:
    store = Slow()
    store.now = NOON
    return store


@pytest.fixture
def customers(store: MemoryStore) -> Iterator[Customers]:
    workers = Workers(permits=2, places=4, threads=1)
    use = Customers(store, workers, max_pixels=10**6, most_bytes=10**7)
    use.sessions, use.tally = Sessions(store, lambda: store.now), Tally(store, lambda: store.now)
    yield use
    workers.close()


def test_sums_follow_what_comes_goes_and_is_over(store: MemoryStore) -> None:
    tally = Tally(store, lambda: store.now)
    asyncio.run(tally.add("temporary", NOON.date(), Count(2, 100)))
    asyncio.run(tally.add("archived", NOON.date(), Count(1, 50)))
    store.now += timedelta(days=3)
    asyncio.run(tally.add("temporary", store.now.date(), Count(1, 10)))
    asyncio.run(tally.add("temporary", NOON.date(), Count(-1, -30)))
    sums = asyncio.run(tally.sums())
    assert (sums["temporary"], sums["archived"], sums["order_pending"]) == (Count(2, 80), Count(1, 50), Count())
    store.now += timedelta(days=6)
    assert asyncio.run(tally.sums())["temporary"] == Count(1, 10)


def test_counts_at_once_are_all_counted(store: MemoryStore) -> None:
    async def scenario() -> None:
        tally = Tally(store, lambda: store.now)
        await asyncio.gather(*(tally.add("temporary", NOON.date(), Count(1, 10)) for _ in range(8)))
        assert (await tally.sums())["temporary"] == Count(8, 80)

    asyncio.run(scenario())


def test_a_count_that_is_lost_is_said_to_be() -> None:
    class Busy(MemoryStore):
        async def put(self, *args: Any, **kwargs: Any) -> Info:
            raise Changed

    with capture_logs() as logs:
        asyncio.run(Tally(Busy()).add("temporary", NOON.date(), Count(1, 1)))
    assert [each["event"] for each in logs] == ["a count was lost"]


def test_a_shop_that_moves_an_order_a_day_after_twenty_days_keeps_twenty(
    store: MemoryStore, customers: Customers
) -> None:
    async def scenario() -> dict[Any, Count]:
        picture = [Brought(photo("chelsea"), "original", {})]
        for day in range(50):
            await customers.bring("shop", f"s{day}", picture, tier="order_pending")
            if day >= 20:
                await customers.move("shop", f"s{day - 20}", "order_completed")
            store.now += timedelta(days=1)
        return await customers.tally.sums()

    sums = asyncio.run(scenario())
    assert (sums["order_pending"].pictures, sums["order_completed"].pictures) == (20, 30)


def test_a_picture_that_comes_again_is_counted_once(store: MemoryStore, customers: Customers) -> None:
    async def scenario() -> dict[Any, Count]:
        picture = [Brought(photo("chelsea"), "original", {})]
        for tier in ("temporary", "temporary", "archived", "temporary"):
            store.now += timedelta(days=2)
            await customers.bring("shop", "s1", picture, tier=tier)
        return await customers.tally.sums()

    sums = asyncio.run(scenario())
    assert [sums[tier].pictures for tier in sums] == [0, 0, 0, 1]


def test_an_order_that_is_completed_twice_at_once_is_counted_once(store: MemoryStore, customers: Customers) -> None:
    async def scenario() -> dict[Any, Count]:
        await customers.bring("shop", "s1", [Brought(photo("chelsea"), "original", {})])
        await asyncio.gather(*(customers.move("shop", "s1", "order_completed") for _ in range(2)))
        return await customers.tally.sums()

    sums = asyncio.run(scenario())
    assert (sums["temporary"].pictures, sums["order_completed"].pictures) == (0, 1)
