"""Which version answers."""

import asyncio

from gateway.cache.versions import Versions
from gateway.errors import ModelUnavailable, UnknownModel
from gateway.segmentation import Serving


class Host:
    """Serves versions until it is away."""

    def __init__(self) -> None:
        self.versions: tuple[str, ...] = ("1",)
        self.away = False
        self.asked = 0

    async def serving(self, model: str) -> Serving:
        self.asked += 1
        if self.away:
            raise ModelUnavailable("away")
        if model == "nobody":
            raise UnknownModel("unknown")
        return Serving(64, self.versions, "cpu")


def test_the_newest_is_asked_for_once_a_second() -> None:
    host, now = Host(), [0.0]
    versions = Versions(host, lambda: now[0])

    async def scenario() -> None:
        assert [await versions.newest("m") for _ in range(5)] == ["1"] * 5
        assert host.asked == 1
        host.versions = ("1", "2", "10")
        now[0] = 1.1
        assert await versions.newest("m") == "10"

    asyncio.run(scenario())


def test_while_the_host_is_away_the_last_answer_holds() -> None:
    host, now = Host(), [0.0]
    versions = Versions(host, lambda: now[0])

    async def scenario() -> None:
        assert await versions.newest("m") == "1"
        host.away, now[0] = True, 100.0
        assert await versions.newest("m") == "1"
        assert await versions.newest("other") is None

    asyncio.run(scenario())


def test_of_what_is_not_served_nothing_is_known() -> None:
    host = Host()
    versions = Versions(host)
    assert asyncio.run(versions.newest("nobody")) is None
    host.versions = ()
    assert asyncio.run(versions.newest("m")) is None


def test_names_that_clients_make_up_do_not_pile_up() -> None:
    versions = Versions(Host())

    async def scenario() -> None:
        for number in range(1000):
            await versions.newest(f"m{number}")

    asyncio.run(scenario())
    assert len(versions._known) <= 64
