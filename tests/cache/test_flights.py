"""Identical work at the same time is done once."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from gateway.cache.flights import Flights, Landed
from gateway.progress.events import Event, Tell, inference, silent


class Work:
    """Waits until it may end; counts how often it was begun and ended early."""

    def __init__(self, result: Callable[[], int] = lambda: 7) -> None:
        self.begun = self.cancelled = 0
        self.gate = asyncio.Event()
        self._result = result

    async def __call__(self, tell: Tell) -> int:
        self.begun += 1
        tell(inference())
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return self._result()


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(10):
            await scenario()

    asyncio.run(bounded())


async def started(flights: Flights[int], work: Work, count: int, key: str = "k") -> list["asyncio.Task[Landed[int]]"]:
    tasks = [asyncio.create_task(flights.run(key, work, silent)) for _ in range(count)]
    await asyncio.sleep(0.01)
    return tasks


def test_a_hundred_share_one() -> None:
    async def scenario() -> None:
        flights, work = Flights[int](), Work()
        tasks = await started(flights, work, 100)
        work.gate.set()
        landed = await asyncio.gather(*tasks)
        assert work.begun == 1
        assert [each.value for each in landed] == [7] * 100
        assert sorted(each.joined for each in landed) == [False] + [True] * 99

    run(scenario)


def test_other_keys_are_other_work_and_nothing_is_kept() -> None:
    async def scenario() -> None:
        flights, work = Flights[int](), Work()
        tasks = [*await started(flights, work, 2, "a"), *await started(flights, work, 2, "b")]
        work.gate.set()
        await asyncio.gather(*tasks)
        assert work.begun == 2
        assert not (await flights.run("a", work, silent)).joined
        assert work.begun == 3

    run(scenario)


def test_who_gives_up_leaves_the_others_alone() -> None:
    async def scenario() -> None:
        flights, work = Flights[int](), Work()
        first, second, third = await started(flights, work, 3)
        first.cancel()
        third.cancel()
        await asyncio.sleep(0.01)
        assert (first.cancelled(), work.cancelled) == (True, 0)
        work.gate.set()
        assert (await second).value == 7
        assert work.begun == 1

    run(scenario)


def test_the_last_one_to_give_up_ends_it() -> None:
    async def scenario() -> None:
        flights, work = Flights[int](), Work()
        tasks = await started(flights, work, 3)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await asyncio.sleep(0.01)
        assert work.cancelled == 1
        again = await started(flights, work, 1)
        work.gate.set()
        assert (await again[0]).value == 7
        assert work.begun == 2

    run(scenario)


def test_a_failure_reaches_all_and_is_not_kept() -> None:
    async def scenario() -> None:
        flights, work = Flights[int](), Work(lambda: 1 // 0)
        tasks = await started(flights, work, 5)
        work.gate.set()
        failures = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(each, ZeroDivisionError) for each in failures)
        with pytest.raises(ZeroDivisionError):
            await flights.run("k", work, silent)
        assert work.begun == 2

    run(scenario)


def test_everybody_who_waits_is_told() -> None:
    async def scenario() -> None:
        flights, gate = Flights[int](), asyncio.Event()
        heard: dict[str, list[Event]] = {"one": [], "other": []}

        async def work(tell: Tell) -> int:
            tell(Event("first", {}))
            await gate.wait()
            tell(Event("second", {}))
            return 1

        tasks = []
        for name in heard:
            tasks.append(asyncio.create_task(flights.run("k", work, heard[name].append)))
            await asyncio.sleep(0.01)
        gate.set()
        await asyncio.gather(*tasks)
        assert [each.name for each in heard["one"]] == ["first", "second"]
        assert [each.name for each in heard["other"]] == ["second"]

    run(scenario)
