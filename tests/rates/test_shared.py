"""Counting in a real Redis, which dies, hangs and comes back."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from uuid import uuid4

import pytest
import structlog

from gateway.errors import LimitsUnavailable, Overloaded
from gateway.rates.count import Count, Counting
from gateway.rates.rate import Rate
from gateway.rates.shared import PAUSE_SECONDS, SECONDS, shared
from tests.redis import Redis, running_redis

RATE = Rate(3, 60)
SOON = PAUSE_SECONDS + 10


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with running_redis(tmp_path_factory.mktemp("redis")) as redis:
        yield redis


def with_counters(
    redis: Redis, work: Callable[[Counting, Counting], Awaitable[None]], *, otherwise_open: bool = True
) -> list[str]:
    """What was logged while two processes' counters were at work."""

    async def run() -> None:
        async with (
            shared(redis.url, otherwise_open=otherwise_open) as one,
            shared(redis.url, otherwise_open=otherwise_open) as other,
        ):
            await work(one, other)

    with structlog.testing.capture_logs() as logs:
        asyncio.run(run())
    return [each["event"] for each in logs]


async def until_shared(one: Counting, other: Counting) -> None:
    """Returns once what one has counted is known to the other."""
    end = time.monotonic() + SOON
    while True:
        who = uuid4().hex
        await one.take(who, RATE, 1, 1)
        if (await other.take(who, RATE, 1, 1)).remaining == 1:
            return
        assert time.monotonic() < end
        await asyncio.sleep(0.1)


def test_two_count_as_one(redis: Redis) -> None:
    async def work(one: Counting, other: Counting) -> None:
        counts = [await each.take("a", RATE, 1, 1) for each in (one, other, one, other)]
        assert [each.remaining for each in counts] == [2, 1, 0, 0]
        assert [each.wait is None for each in counts] == [True, True, True, False]
        assert 59 < (counts[3].wait or 0) <= 60 and 59 < counts[3].reset <= 60
        assert (await one.take("b", RATE, 2, 2)).wait is None
        assert 59 < ((await other.take("b", RATE, 2, 2)).wait or 0) <= 60

    assert with_counters(redis, work) == []


def test_the_window_moves(redis: Redis) -> None:
    async def work(one: Counting, _: Counting) -> None:
        rate = Rate(2, 2)
        await one.take("m", rate, 1, 1)
        await asyncio.sleep(0.5)
        await one.take("m", rate, 1, 1)
        refused = await one.take("m", rate, 1, 1)
        assert refused.wait is not None and refused.wait <= 1.5
        await asyncio.sleep(refused.wait + 0.01)
        assert (await one.take("m", rate, 1, 1)).wait is None

    with_counters(redis, work)


def test_what_redis_holds_goes_by_itself(redis: Redis) -> None:
    async def work(one: Counting, _: Counting) -> None:
        await one.take("ttl", Rate(10_000, 60), 10_000, 10_000)
        assert 0 < int(redis.ask("TTL", "cutout:ttl/10000/60").strip(b":\r\n")) <= 60

    with_counters(redis, work)


def test_open_each_counts_alone_until_redis_is_back(redis: Redis) -> None:
    async def work(one: Counting, other: Counting) -> None:
        await until_shared(one, other)
        redis.kill()
        try:
            counts = [await each.take("open", RATE, 1, 1) for each in (one, one, one, one, other)]
        finally:
            redis.start()
        assert [each.remaining for each in counts] == [2, 1, 0, 0, 2]
        assert [each.wait is None for each in counts] == [True, True, True, False, True]
        await until_shared(one, other)

    logged = with_counters(redis, work)
    assert logged == 2 * ["Redis does not count the requests"] + 2 * ["Redis counts the requests again"]


def test_closed_nothing_is_taken_until_redis_is_back(redis: Redis) -> None:
    async def work(one: Counting, other: Counting) -> None:
        await until_shared(one, other)
        redis.kill()
        try:
            for _ in range(2):
                with pytest.raises(LimitsUnavailable) as refusal:
                    await one.take("closed", RATE, 1, 1)
                assert refusal.value.retry_after == 1
        finally:
            redis.start()
        await asyncio.sleep(PAUSE_SECONDS)
        await until_shared(one, other)

    logged = with_counters(redis, work, otherwise_open=False)
    assert logged == ["Redis does not count the requests", "Redis counts the requests again"]


def test_a_redis_that_hangs_is_waited_for_once_and_shortly(redis: Redis) -> None:
    async def work(one: Counting, other: Counting) -> None:
        await until_shared(one, other)
        with redis.frozen():
            begin = time.monotonic()
            assert (await one.take("hang", RATE, 1, 1)).remaining == 2
            first = time.monotonic() - begin
            for _ in range(20):
                await one.take("hang", RATE, 1, 1)
            assert SECONDS <= first < SECONDS + 5
            assert time.monotonic() - begin - first < SECONDS  # none of the twenty waited
        await until_shared(one, other)

    with_counters(redis, work)


def test_a_redis_that_was_never_there() -> None:
    async def run() -> None:
        async with shared("redis://127.0.0.1:1", otherwise_open=True) as one:
            assert (await one.take("a", RATE, 1, 1)).remaining == 2

    with structlog.testing.capture_logs() as logs:
        asyncio.run(run())
    assert [each["event"] for each in logs] == ["Redis does not count the requests"]


def test_who_has_nothing_left_has_nothing_while_redis_is_away(redis: Redis) -> None:
    async def work(one: Counting, other: Counting) -> None:
        await until_shared(one, other)
        for _ in range(4):
            await one.take("pushing", RATE, 1, 1)
        with redis.frozen():
            refused = [await one.take("pushing", RATE, 1, 1) for _ in range(20)]
        assert all(each.wait is not None and 50 < each.wait <= 60 for each in refused)

    assert with_counters(redis, work) == []


def test_a_crowd_is_no_reason_to_count_alone(redis: Redis) -> None:
    async def work(one: Counting, other: Counting) -> None:
        await until_shared(one, other)
        await one.take("crowd", Rate(10_000, 60), 9_999, 9_999)
        found = await asyncio.gather(
            *(one.take("crowd", Rate(10_000, 60), 2, 2) for _ in range(2000)), return_exceptions=True
        )
        assert {type(each) for each in found} <= {Count, Overloaded}
        assert all(each.wait is not None for each in found if isinstance(each, Count))

    assert with_counters(redis, work) == []


def test_clients_that_hang_up_leave_no_answer_to_others(redis: Redis) -> None:
    """An answer that nobody waits for any more must not be taken for the next one's."""

    async def work(one: Counting, other: Counting) -> None:
        for number in range(200):
            gone = asyncio.create_task(one.take(f"gone {number}", RATE, 3, 3))
            await asyncio.sleep(number * 5e-6)
            gone.cancel()
            count = await one.take(f"stayed {number}", RATE, 1, 1)
            assert (count.remaining, count.wait) == (2, None)
        await until_shared(one, other)

    assert with_counters(redis, work) == []


def test_one_asks_whether_redis_is_back_and_the_others_do_not_wait(redis: Redis) -> None:
    async def work(one: Counting, other: Counting) -> None:
        await until_shared(one, other)
        with redis.frozen():
            await one.take("first", RATE, 1, 1)
            await asyncio.sleep(PAUSE_SECONDS)
            asking = asyncio.create_task(one.take("asks", RATE, 1, 1))
            await asyncio.sleep(0)
            for _ in range(20):
                await one.take("waits not", RATE, 1, 1)
            assert not asking.done()
            await asking

    with_counters(redis, work)
