"""Blocking calls, each within a deadline."""

import asyncio
import gc
import threading
import time

import pytest
from structlog.testing import capture_logs

from gateway.errors import StoreUnavailable
from gateway.store.threads import Threads


def test_calls_that_hang_keep_their_places(caplog: pytest.LogCaptureFixture) -> None:
    threads, gate = Threads(1, 3, 0.05), threading.Event()

    async def scenario() -> list[str]:
        told = []
        for _ in range(6):
            with pytest.raises(StoreUnavailable) as refused:
                await threads.run(gate.wait)
            told.append(refused.value.detail)
        gate.set()
        while threads._calls.qsize():
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        assert await threads.run(len, b"four") == 4
        return told

    told = asyncio.run(scenario())
    assert ["in time" in each for each in told] == [True] * 3 + [False] * 3
    threads.close()
    gc.collect()
    assert caplog.records == []


def test_what_a_call_raises_is_its_caller_s() -> None:
    threads = Threads(1, 1, 5)
    for _ in range(2):  # the thread goes on
        with pytest.raises(ZeroDivisionError):
            asyncio.run(threads.run(lambda: 1 / 0))
    threads.close()


def test_close_waits_for_what_runs_and_drops_what_waits() -> None:
    threads, begun, done = Threads(1, 5, 5), threading.Event(), list[int]()

    def work(number: int) -> None:
        begun.set()
        time.sleep(0.1)
        done.append(number)

    async def scenario() -> list[BaseException | None]:
        calls = [asyncio.create_task(threads.run(work, number)) for number in range(3)]
        await asyncio.to_thread(begun.wait, 5)
        await asyncio.to_thread(threads.close)
        return await asyncio.gather(*calls, return_exceptions=True)

    _, *waiting = asyncio.run(scenario())
    assert done == [0]
    assert [getattr(each, "detail", "") for each in waiting] == ["The store is closed."] * 2


def test_close_waits_for_nothing_that_hangs(caplog: pytest.LogCaptureFixture) -> None:
    threads, gate = Threads(2, 5, 0.05), threading.Event()
    with pytest.raises(StoreUnavailable, match="in time"):
        asyncio.run(threads.run(gate.wait))
    begin = time.monotonic()
    with capture_logs() as logs:
        threads.close(0.05)
    assert time.monotonic() - begin < 3
    assert [each["calls"] for each in logs] == [1]
    gate.set()  # its loop has ended
    for thread in threads._threads:
        thread.join(5)
    assert caplog.records == []


def test_what_is_closed_refuses() -> None:
    threads = Threads(1, 1, 5)
    threads.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        asyncio.run(threads.run(len, b""))
