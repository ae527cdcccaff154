"""The share of one client, of a minute that passes by a clock of the test's own."""

import pytest

from gateway.telemetry import busiest
from gateway.telemetry.busiest import Busiest
from gateway.telemetry.record import Record


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def asked(network: str, route: str = "/api/v2/process") -> Record:
    return Record(method="POST", path=route, client="", request_id="", began=0.0, network=network, route=route)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def found(clock: Clock) -> Busiest:
    return Busiest(clock)


def test_nobody_has_asked(found: Busiest) -> None:
    assert found.share == 0


def test_the_one_who_asks_most(found: Busiest) -> None:
    for network in ("192.0.2.1", "192.0.2.2", "192.0.2.1", "192.0.2.1"):
        found.observe(asked(network))
    assert found.share == 0.75


def test_a_minute_later_it_is_forgotten(found: Busiest, clock: Clock) -> None:
    for _ in range(9):
        found.observe(asked("192.0.2.1"))
    clock.now += busiest.SECONDS / 2
    found.observe(asked("192.0.2.2"))
    assert found.share == 0.9
    clock.now += busiest.SECONDS / 2 + 1
    assert found.share == 1  # of the one that is left
    clock.now += busiest.SECONDS
    assert found.share == 0


def test_probes_and_what_has_no_address_do_not_count(found: Busiest) -> None:
    found.observe(asked("192.0.2.1"))
    for _ in range(9):
        found.observe(asked("192.0.2.2", route="/health/ready"))
        found.observe(asked(""))
    assert found.share == 1


def test_no_more_is_remembered_than_is_told(found: Busiest) -> None:
    for number in range(busiest.MOST):
        found.observe(asked(str(number)))
    for _ in range(busiest.MOST // 2):
        found.observe(asked("192.0.2.1"))
    assert found.share == 0.5
