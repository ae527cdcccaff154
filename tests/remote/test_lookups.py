"""Names that are looked up, and name servers that do not answer."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.errors import Overloaded
from gateway.remote.lookups import MAX_HANGING, Lookups


class Silent:
    """A name server that answers nobody until it is told to."""

    def __init__(self) -> None:
        self.asked = threading.Semaphore(0)
        self.answering = threading.Event()

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.release()
        self.answering.wait(30)
        return ["203.0.113.7"]


@pytest.fixture
def silent() -> Iterator[Silent]:
    server = Silent()
    yield server
    server.answering.set()


def test_a_name_and_an_address_are_found() -> None:
    assert set(asyncio.run(Lookups().find("localhost", 443))) <= {"127.0.0.1", "::1"}
    assert asyncio.run(Lookups().find("203.0.113.7", 443)) == ["203.0.113.7"]


def test_what_does_not_exist_says_so() -> None:
    with pytest.raises(socket.gaierror):
        asyncio.run(Lookups().find("nobody.invalid", 443))


def test_who_waits_for_a_thread_of_the_loop_is_not_waited_for(silent: Silent) -> None:
    async def scenario() -> list[str]:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as taken:
            loop.set_default_executor(taken)
            hanging = loop.run_in_executor(None, silent, "silent.example", 443)
            found = await asyncio.wait_for(Lookups().find("localhost", 443), 10)
            silent.answering.set()
            await hanging
        return found

    assert asyncio.run(scenario())


def test_so_many_may_hang_and_no_more(silent: Silent) -> None:
    async def given_up(lookups: Lookups) -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(lookups.find("silent.example", 443), 0.05)

    async def scenario() -> None:
        lookups = Lookups(silent)
        await asyncio.gather(*(given_up(lookups) for _ in range(MAX_HANGING)))
        with pytest.raises(Overloaded):
            await lookups.find("another.example", 443)
        silent.answering.set()
        async with asyncio.timeout(10):
            while not await answered(lookups):
                await asyncio.sleep(0.01)

    async def answered(lookups: Lookups) -> bool:
        try:
            return await lookups.find("another.example", 443) == ["203.0.113.7"]
        except Overloaded:
            return False

    asyncio.run(scenario())
