"""Which version answers whom."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.rollout.changes import weighted
from gateway.rollout.plan import Plan
from gateway.rollout.routing import Route, position, route
from tests.rollout.plans import ANNA, idle, rolling

MANY = 100_000
CALLERS = {
    "key ids": [f"key{number:06x}" for number in range(MANY)],
    "addresses": [f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}" for number in range(MANY)],
    "IPv6 addresses": [f"2001:db8::{number >> 16:x}:{number & 0xFFFF:x}" for number in range(MANY)],
}


def at(weight: int, version: int = 2) -> Plan:
    return weighted(rolling(version), weight, ANNA)


@pytest.fixture(scope="module", params=CALLERS)
def positions(request: pytest.FixtureRequest) -> list[float]:
    plan = at(0)
    return [position(plan, caller) for caller in CALLERS[request.param]]


@pytest.mark.parametrize("weight", [0, 1, 5, 10, 50, 90, 99, 100])
def test_the_candidate_answers_its_weight_of_all_callers(positions: list[float], weight: int) -> None:
    share = 100 * sum(each < weight for each in positions) / MANY
    assert share == pytest.approx(weight, abs=0 if weight in (0, 100) else 1)


@given(caller=st.text(max_size=60), low=st.integers(0, 100), high=st.integers(0, 100), version=st.integers(2, 99))
@settings(derandomize=True)
def test_a_larger_weight_moves_nobody_back(caller: str, low: int, high: int, version: int) -> None:
    low, high = sorted((low, high))
    before, after = (route(at(weight, version), caller) for weight in (low, high))
    assert before == after or (before, after) == (Route("1"), Route(str(version), "1"))


@given(caller=st.text(max_size=60), weight=st.integers(0, 100))
@settings(derandomize=True)
def test_position_and_weight_decide(caller: str, weight: int) -> None:
    plan = at(weight)
    assert 0 <= position(plan, caller) < 100
    assert (route(plan, caller).version == "2") is (position(plan, caller) < weight)
    assert route(plan, caller) == route(at(weight), caller)


def test_others_are_the_first_for_another_candidate() -> None:
    first, second = (
        {caller for caller in CALLERS["key ids"][:20_000] if route(at(10, version), caller).version == str(version)}
        for version in (2, 3)
    )
    assert len(first & second) / len(first) == pytest.approx(0.1, abs=0.02)


def test_who_fails_falls_back_to_what_is_stable() -> None:
    assert route(at(100), "anna") == Route("2", "1")
    assert route(at(0), "anna") == Route("1", "")


def test_without_a_candidate_all_get_what_is_stable() -> None:
    assert {route(idle(stable=5), caller) for caller in CALLERS["addresses"][:100]} == {Route("5")}
