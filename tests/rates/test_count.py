"""The moving window, in memory: by a clock that the test turns, and against counting by hand."""

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.rates.count import Count, in_memory
from gateway.rates.memory import Memory
from gateway.rates.rate import Rate
from tests.rates.clock import Clock

RATE = Rate(10, 60)


class Counter:
    """Counting in memory, by a clock of its own."""

    def __init__(self) -> None:
        self.clock = Clock()
        self._windows = in_memory(self.clock)

    def take(self, units: int = 1, whole: int | None = None, who: str = "somebody", rate: Rate = RATE) -> Count:
        return asyncio.run(self._windows.take(who, rate, units, whole or units))


def test_the_eleventh_is_refused_until_the_first_comes_back() -> None:
    counter = Counter()
    for used in range(1, 11):
        assert counter.take() == Count(10 - used, 60 - (used - 1))
        counter.clock.now += 1
    assert counter.take() == Count(0, 50, wait=50)
    counter.clock.now += 49.9
    assert counter.take().wait == pytest.approx(0.1)
    counter.clock.now += 0.1
    assert counter.take() == Count(0, pytest.approx(1))  # the window moves: one came back, not ten
    assert counter.take().wait == pytest.approx(1)


def test_a_burst_over_the_edge_of_a_minute_is_no_way_around() -> None:
    counter = Counter()
    counter.clock.now = 59.0 + 60 * 10
    assert counter.take(10).wait is None
    counter.clock.now += 2
    assert counter.take().wait == pytest.approx(58)


def test_many_units_wait_for_as_many() -> None:
    counter = Counter()
    for _ in range(10):
        counter.take()
        counter.clock.now += 1
    assert counter.take(4) == Count(0, 50, wait=53)
    counter.clock.now += 53
    assert counter.take(4).wait is None


def test_what_a_refused_request_took_before_is_waited_for_as_well() -> None:
    counter = Counter()
    counter.take(8)
    counter.clock.now += 30
    counter.take(1)
    assert counter.take(2, whole=3).wait == 30
    assert counter.take(9, whole=10).wait == 60


def test_clients_are_counted_apart() -> None:
    counter = Counter()
    counter.take(10, who="a")
    assert counter.take(who="b").wait is None
    assert counter.take(who="a").wait == 60


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(1, 10)), max_size=60))
def test_no_window_ever_holds_more_and_no_wait_is_wrong(steps: list[tuple[float, int]]) -> None:
    counter, taken = Counter(), []
    for pause, units in steps:
        counter.clock.now += pause
        count = counter.take(units)
        within = [units for when, units in taken if when > counter.clock.now - 60]
        assert (count.wait is None) == (sum(within) + units <= 10)
        if count.wait is None:
            taken.append((counter.clock.now, units))
            within.append(units)
        else:
            counter.clock.now += count.wait + 1e-6
            assert counter.take(units).wait is None
            taken.append((counter.clock.now, units))
            within = [units for when, units in taken if when > counter.clock.now - 60]
            continue
        assert count.remaining == 10 - sum(within)


def test_memory_is_bounded_and_forgets_who_was_quiet_for_longest() -> None:
    memory, sizes = Memory(most=100, clock=Clock()), []

    async def ask() -> None:
        for number in range(1000):
            await memory.acquire_entry(f"client {number}", 10, 60)
            await memory.acquire_entry("busy", 10_000, 60)
            sizes.append(len(memory))
        assert (await memory.get_moving_window("client 0", 10, 60))[1] == 0
        assert (await memory.get_moving_window("client 999", 10, 60))[1] == 1

    asyncio.run(ask())
    assert max(sizes) <= 100
    assert all(after - before <= 3 for before, after in pairwise(sizes))


def test_one_client_cannot_fill_it_alone() -> None:
    memory = Memory(most=100, clock=Clock())

    async def ask() -> int:
        for _ in range(1000):
            await memory.acquire_entry("busy", 10_000, 60)
        return len(memory)

    assert asyncio.run(ask()) <= 100
