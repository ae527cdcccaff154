"""Places, permits and threads."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress

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


def test_who_is_not_favoured_does_not_wait_for_a_place(workers: Workers) -> None:
    with workers.place(favoured=False), workers.place():
        with pytest.raises(Overloaded, match="All 2 places"), workers.place(favoured=False):
            pass
        with workers.place():
            pass


class Clock:
    """Moved by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def worked(workers: Workers, clock: Clock, *, pieces: int, seconds: float) -> None:
    """One after another."""
    for _ in range(pieces):
        with workers.place():
            clock.now += seconds


@pytest.mark.parametrize(
    ("seconds", "places"),
    [
        pytest.param(0.01, 40, id="fast: no more than there are"),
        pytest.param(0.05, 20, id="what is done in a second"),
        pytest.param(2.0, 16, id="slow: enough for full batches"),
    ],
)
def test_no_more_come_in_than_are_done_soon(seconds: float, places: int) -> None:
    clock = Clock()
    workers = Workers(permits=32, places=8, threads=2, seconds=1, clock=clock)
    assert workers.places == 40
    worked(workers, clock, pieces=100, seconds=seconds)
    assert workers.places == pytest.approx(places, abs=1)
    workers.close()


def test_who_is_refused_hears_how_long_it_takes() -> None:
    clock = Clock()
    workers = Workers(permits=32, places=8, threads=2, seconds=1, clock=clock)
    worked(workers, clock, pieces=100, seconds=2)
    with ExitStack() as stack:
        for _ in range(workers.places):
            stack.enter_context(workers.place())
        with pytest.raises(Overloaded, match="All 16 places") as refusal, workers.place():
            pass
    assert refusal.value.retry_after == 16  # half of them, at two seconds each
    workers.close()


def test_the_last_places_are_for_the_favoured_whatever_the_pace() -> None:
    clock = Clock()
    workers = Workers(permits=32, places=8, threads=2, seconds=1, clock=clock)
    worked(workers, clock, pieces=100, seconds=0.05)
    with ExitStack() as stack:
        for _ in range(workers.places * 4 // 5):
            stack.enter_context(workers.place(favoured=False))
        with pytest.raises(Overloaded), workers.place(favoured=False):
            pass
        with workers.place():
            pass
    workers.close()


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


def on_threads(threads: int) -> Workers:
    return Workers(permits=threads, places=0, threads=threads)


def test_map_shares_work_among_idle_threads_and_keeps_its_order() -> None:
    workers, together = on_threads(3), threading.Barrier(3, timeout=10)

    def met(number: int) -> int:
        together.wait()  # three at a time, or never
        return number * number

    assert asyncio.run(workers.run(lambda: workers.map(met, range(6)))) == [0, 1, 4, 9, 16, 25]
    workers.close()


def test_map_waits_for_no_thread_that_has_other_work() -> None:
    workers, over = on_threads(2), threading.Event()

    async def scenario() -> list[int]:
        busy = asyncio.create_task(workers.run(over.wait, 10))
        found = await workers.run(lambda: workers.map(abs, [-1, -2, -3]))
        assert not busy.done()
        over.set()
        await busy
        return found

    assert asyncio.run(scenario()) == [1, 2, 3]
    workers.close()


@pytest.mark.parametrize("threads", [1, 2])
def test_map_raises_what_the_work_raises_and_begins_nothing_more(threads: int) -> None:
    workers, begun = on_threads(threads), list[int]()

    def work(number: int) -> None:
        begun.append(number)
        if number == 1:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(workers.run(lambda: workers.map(work, range(1000))))
    settled = len(begun)
    assert settled < 1000
    time.sleep(0.05)
    assert len(begun) == settled
    workers.close()


def test_map_goes_on_alone_while_the_threads_are_closed() -> None:
    workers, closing = on_threads(2), threading.Event()

    async def scenario() -> list[int]:
        def work() -> list[int]:
            closing.wait(10)
            return workers.map(abs, [-1, -2])

        task = asyncio.create_task(workers.run(work))
        await asyncio.sleep(0.05)
        closer = threading.Thread(target=workers.close)
        closer.start()
        await asyncio.sleep(0.05)
        closing.set()
        return await task

    assert asyncio.run(scenario()) == [1, 2]


def test_map_of_nothing() -> None:
    workers = on_threads(2)
    assert workers.map(abs, []) == []
    workers.close()
