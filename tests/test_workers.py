"""Permits, places and threads."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from gateway.errors import Overloaded
from gateway.workers import Workers


@pytest.fixture
def workers() -> Iterator[Workers]:
    workers = Workers(permits=2, places=1, threads=1)
    yield workers
    workers.close()


def test_refuses_at_once_when_permits_and_places_are_taken(workers: Workers) -> None:
    async def scenario() -> None:
        async with workers.permit(), workers.permit():
            waiting = asyncio.create_task(_hold(workers))
            await asyncio.sleep(0)
            with pytest.raises(Overloaded, match="All 3 places"):
                async with workers.permit():
                    pass
        await waiting

    asyncio.run(scenario())


def test_a_permit_comes_back_after_a_failure_and_after_cancelling(workers: Workers) -> None:
    async def scenario() -> None:
        for _ in range(5):
            with pytest.raises(ZeroDivisionError):
                async with workers.permit():
                    await workers.run(divmod, 1, 0)
        async with workers.permit(), workers.permit():
            for _ in range(5):
                waiting = asyncio.create_task(_hold(workers))
                await asyncio.sleep(0)
                waiting.cancel()
                await asyncio.wait((waiting,))
        async with workers.permit(), workers.permit():
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


async def _hold(workers: Workers) -> None:
    async with workers.permit():
        await asyncio.sleep(0)
