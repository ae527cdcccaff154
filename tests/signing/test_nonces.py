"""A nonce is new once: in one process, and in all that share a Redis."""

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.auth import Nonces
from gateway.errors import Overloaded, StoreUnavailable
from gateway.signing.nonces import MemoryNonces
from gateway.signing.shared_nonces import CONNECTIONS, SharedNonces
from tests.redis import Redis, running_redis

KEY, NONCE = "abcdefgh", "0123456789abcdef"


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_redis(tmp_path_factory.mktemp("redis")) as redis:
        yield redis.url


def redis_cli(url: str, *command: str) -> None:
    subprocess.run(["redis-cli", "-u", url, *command], check=True, capture_output=True)


@pytest.fixture(params=["memory", "redis"])
def made(request: pytest.FixtureRequest) -> Callable[[], Nonces]:
    if request.param == "memory":
        return MemoryNonces
    url = request.getfixturevalue("redis")
    redis_cli(url, "flushall")
    return lambda: SharedNonces(url)


@asynccontextmanager
async def opened(nonces: Nonces) -> AsyncIterator[Nonces]:
    try:
        yield nonces
    finally:
        await nonces.close()


def use(nonces: Nonces, ask: Callable[[Nonces], Awaitable[None]]) -> None:
    async def run() -> None:
        async with opened(nonces):
            await ask(nonces)

    asyncio.run(run())


def test_the_second_time_it_is_known(made: Callable[[], Nonces]) -> None:
    async def ask(nonces: Nonces) -> None:
        assert [await nonces.first(KEY, NONCE, 60) for _ in range(3)] == [True, False, False]

    use(made(), ask)


def test_keys_do_not_share_them(made: Callable[[], Nonces]) -> None:
    async def ask(nonces: Nonces) -> None:
        assert [await nonces.first(key, NONCE, 60) for key in ("aaaaaaaa", "bbbbbbbb")] == [True, True]

    use(made(), ask)


def test_of_many_at_once_one_is_first(made: Callable[[], Nonces]) -> None:
    async def ask(nonces: Nonces) -> None:
        assert sum(await asyncio.gather(*(nonces.first(KEY, NONCE, 60) for _ in range(20)))) == 1

    use(made(), ask)


def test_its_time_ends(made: Callable[[], Nonces]) -> None:
    async def ask(nonces: Nonces) -> None:
        assert await nonces.first(KEY, NONCE, 0.01)
        await asyncio.sleep(0.05)
        assert await nonces.first(KEY, NONCE, 60)

    use(made(), ask)


def test_processes_share_what_is_in_redis(redis: str) -> None:
    async def ask() -> list[bool]:
        async with opened(SharedNonces(redis)) as here, opened(SharedNonces(redis)) as there:
            return [await here.first(KEY, "shared-" + NONCE, 60), await there.first(KEY, "shared-" + NONCE, 60)]

    assert asyncio.run(ask()) == [True, False]


def test_without_redis_nothing_is_new() -> None:
    async def ask() -> None:
        async with opened(SharedNonces("redis://127.0.0.1:1")) as nonces:
            await nonces.first(KEY, NONCE, 60)

    with pytest.raises(StoreUnavailable):
        asyncio.run(ask())


def test_redis_that_hangs_is_not_waited_for(redis: str) -> None:
    async def ask() -> None:
        async with opened(SharedNonces(redis)) as nonces:
            await nonces.first(KEY, "awake-" + NONCE, 60)
            redis_cli(redis, "client", "pause", "3000", "ALL")
            await nonces.first(KEY, "asleep-" + NONCE, 60)

    begin = time.monotonic()
    with pytest.raises(StoreUnavailable):
        asyncio.run(ask())
    assert time.monotonic() - begin < 3


def test_redis_that_was_away_is_found_again(tmp_path: Path) -> None:
    async def ask() -> list[bool]:
        with running_redis(tmp_path) as redis:
            nonces = SharedNonces(redis.url)
            found = [await nonces.first(KEY, NONCE, 60)]
            redis.kill()
            with pytest.raises(StoreUnavailable):
                await nonces.first(KEY, NONCE, 60)
            redis.start()
            found.append(await nonces.first(KEY, NONCE, 60))
            await nonces.close()
        return found

    assert asyncio.run(ask()) == [True, True]


def test_memory_is_bounded_key_by_key_and_forgets_in_time() -> None:
    now = 0.0
    nonces = MemoryNonces(most=3, clock=lambda: now)

    async def first(key: str, nonce: int, seconds: float) -> bool:
        return await nonces.first(key, str(nonce), seconds)

    for nonce, seconds in enumerate((30, 10, 20)):
        assert asyncio.run(first("aaaaaaaa", nonce, seconds))
    with pytest.raises(Overloaded):
        asyncio.run(first("aaaaaaaa", 3, 10))
    assert not asyncio.run(first("aaaaaaaa", 0, 10))
    assert asyncio.run(first("bbbbbbbb", 0, 10))
    now = 10.0
    assert asyncio.run(first("aaaaaaaa", 1, 10))
    assert not asyncio.run(first("aaaaaaaa", 2, 10))


def test_redis_is_bounded_key_by_key_and_forgets_in_time(tmp_path: Path) -> None:
    """A key whose rate is used up still signs: that must not fill what everybody's nonces are remembered in."""

    async def ask(url: str) -> None:
        async with opened(SharedNonces(url, most=3)) as nonces:
            for nonce, seconds in enumerate((30, 0.3, 20)):
                assert await nonces.first("aaaaaaaa", str(nonce), seconds)
            with pytest.raises(Overloaded):
                await nonces.first("aaaaaaaa", "3", 10)
            assert not await nonces.first("aaaaaaaa", "0", 10)
            assert await nonces.first("bbbbbbbb", "0", 0.1)
            await asyncio.sleep(0.4)
            assert await nonces.first("aaaaaaaa", "1", 10)
            assert not await nonces.first("aaaaaaaa", "2", 10)

    with running_redis(tmp_path) as redis:
        asyncio.run(ask(redis.url))
        assert redis.ask("KEYS", "*").split()[2:] == [b"cutout:nonces:aaaaaaaa"]


def test_few_connections_whatever_is_asked_at_once(tmp_path: Path) -> None:
    async def ask(redis: Redis) -> int:
        async with opened(SharedNonces(redis.url)) as nonces:
            await asyncio.gather(*(nonces.first(KEY, f"{number:016}", 60) for number in range(300)))
            return redis.ask("CLIENT", "LIST").count(b" addr=127")

    with running_redis(tmp_path) as redis:
        assert asyncio.run(ask(redis)) <= CONNECTIONS + 1
