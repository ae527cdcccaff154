"""Permits by weight, in turn."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from gateway.permits import Permits


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(scenario, 5))


class Holder:
    """Takes permits and notes when it has them, until told to give them back."""

    def __init__(self, permits: Permits, weight: int) -> None:
        self.has = False
        self.enough = asyncio.Event()
        self.task = asyncio.create_task(self._hold(permits, weight))

    async def _hold(self, permits: Permits, weight: int) -> None:
        async with permits.hold(weight):
            self.has = True
            await self.enough.wait()
        self.has = False


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_a_large_one_waits_for_its_turn_and_small_ones_do_not_pass_it() -> None:
    async def scenario() -> None:
        permits = Permits(4)
        first, large, small = Holder(permits, 2), Holder(permits, 3), Holder(permits, 1)
        await settled()
        assert [each.has for each in (first, large, small)] == [True, False, False]
        first.enough.set()
        await settled()
        assert [each.has for each in (first, large, small)] == [False, True, True]
        for each in (large, small):
            each.enough.set()
            await each.task

    run(scenario())


def test_one_heavier_than_all_permits_takes_all_of_them() -> None:
    async def scenario() -> None:
        permits = Permits(4)
        giant, small = Holder(permits, 99), Holder(permits, 1)
        await settled()
        assert [giant.has, small.has] == [True, False]
        giant.enough.set()
        await settled()
        assert small.has
        small.enough.set()
        await small.task

    run(scenario())


def test_one_that_gives_up_lets_the_next_in() -> None:
    async def scenario() -> None:
        permits = Permits(4)
        first, large, small = Holder(permits, 2), Holder(permits, 3), Holder(permits, 2)
        await settled()
        large.task.cancel()
        await settled()
        assert small.has
        for each in (first, small):
            each.enough.set()
            await each.task

    run(scenario())


def test_one_that_gives_up_in_the_moment_of_its_turn_gives_its_permits_on() -> None:
    async def scenario() -> None:
        permits = Permits(1)
        first, second, third = (Holder(permits, 1) for _ in range(3))
        await settled()
        first.enough.set()
        await asyncio.sleep(0)  # the second's turn has come, and it has not run yet
        second.task.cancel()
        await settled()
        assert not second.has and third.has
        third.enough.set()
        await third.task

    run(scenario())


def test_none_is_lost_over_many_that_come_fail_and_give_up() -> None:
    async def scenario() -> None:
        permits = Permits(3)
        held = most = 0

        async def one(number: int) -> None:
            nonlocal held, most
            weight = 1 + number % 3
            async with permits.hold(weight):
                held += weight
                most = max(most, held)
                try:
                    await asyncio.sleep(0.001 * (number % 4))
                    if number % 5 == 0:
                        raise ValueError
                finally:
                    held -= weight

        tasks = [asyncio.create_task(one(number)) for number in range(200)]
        for number, task in enumerate(tasks):
            if number % 7 == 0:
                await asyncio.sleep(0.001)
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert most == 3
        async with permits.hold(3):
            pass

    run(scenario())
