"""Places, permits and threads."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from gateway.errors import Overloaded
from gateway.workers import Abandoned, Workers


@pytest.fixture
def workers() -> Iterator[Workers]:
    workers = Workers(permits=2, places=1, threads=1)
    yield workers
    workers.close()


def test_refuses_at_once_when_every_place_is_taken(workers: Workers) -> None:
    taken = workers.place(), workers.place(), workers.place()
    with taken[0], taken[1], taken[2], pytest.raises(Overloaded, match="All 3 places"), workers.place():
        pass
    with workers.place(), workers.place(), workers.place():
        pass


def test_a_place_comes_back_after_a_failure(workers: Workers) -> None:
    for _ in range(9):
        with suppress(ZeroDivisionError), workers.place():
            divmod(1, 0)


def test_a_permit_comes_back_after_a_failure_and_after_cancelling(workers: Workers) -> None:
    async def scenario() -> None:
        for _ in range(5):
            with pytest.raises(ZeroDivisionError):
                async with workers.permit():
                    await workers.run(divmod, 1, 0)
        async with workers.permit(2):
            for _ in range(5):
                waiting = asyncio.create_task(_hold(workers))
                await asyncio.sleep(0)
                waiting.cancel()
                await asyncio.wait((waiting,))
        async with workers.permit(2):
            pass

    asyncio.run(scenario())


def test_work_that_has_not_begun_is_dropped_when_cancelled(workers: Workers) -> None:
    async def scenario() -> list[str]:
        done: list[str] = []
        gate = threading.Event()
        running = asyncio.create_task(workers.run(gate.wait, 10))
        waiting = asyncio.create_task(workers.run(done.append, "never"))
        await asyncio.sleep(0.05)
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
        gate.set()
        await running
        await workers.run(done.append, "after")
        return done

    assert asyncio.run(scenario()) == ["after"]


def test_work_that_runs_learns_that_nobody_waits_for_it_any_more(workers: Workers) -> None:
    begun, left, ended = threading.Event(), threading.Event(), threading.Event()

    def work(going: Callable[[], None]) -> None:
        going()
        begun.set()
        left.wait(10)
        with pytest.raises(Abandoned):
            going()
        ended.set()

    async def scenario() -> None:
        task = asyncio.create_task(workers.run_while_wanted(work))
        while not begun.is_set():
            await asyncio.sleep(0.001)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        left.set()
        await workers.run(int)  # the one thread is free again
        assert ended.is_set()

    asyncio.run(scenario())


async def _hold(workers: Workers) -> None:
    async with workers.permit():
        await asyncio.sleep(0)
