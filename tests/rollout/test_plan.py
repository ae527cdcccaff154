"""What a stored plan may say, and what is refused."""

import json
from typing import Any

import pytest

from gateway.rollout import changes
from gateway.rollout.plan import MOST_EVENTS, Limits, PlanError, decoded, encoded
from tests.rollout.plans import ANNA, idle, later, rolling


def document(**members: Any) -> bytes:
    """Of a plan at 5 %, with other members."""
    return json.dumps(json.loads(encoded(rolling(weight=5))) | members).encode()


@pytest.mark.parametrize(
    "plan",
    [
        idle(),
        rolling(),
        rolling(weight=100, shadow=0.25, limits=Limits(error_rate=0.5, window_seconds=60)),
        changes.weighted(rolling(), 37, ANNA),
        changes.promoted(rolling(weight=100), changes.Actor("guard on x", later(0.000001), "„held“ – 100 %")),
    ],
    ids=["made", "started", "stepped", "by hand", "promoted"],
)
def test_what_is_stored_is_read_again(plan: Any) -> None:
    assert decoded(encoded(plan)) == plan
    assert decoded(json.loads(encoded(plan))) == plan


def test_what_is_to_be_loaded_comes_in_the_order_of_its_importance() -> None:
    assert rolling(version=7).versions == (1, 7)
    assert changes.promoted(rolling(version=7), ANNA).versions == (7, 1)
    assert idle(stable=3).versions == (3,)


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"colour": "red"}, "unknown field `colour`"),
        ({"format": 2}, "Invalid enum value 2"),
        ({"stable": 0}, "`int` >= 1"),
        ({"stable": "1"}, "Expected `int`, got `str`"),
        ({"weight": 101}, "`int` <= 100"),
        ({"weight": 2.5}, "Expected `int`"),
        ({"shadow": 1.01}, "`float` <= 1"),
        ({"shadow_budget": 0}, "`float` >= 0.01"),
        ({"hold_seconds": -1}, "`float` >= 0"),
        ({"stepped": "2026-03-01T12:00:00"}, "timezone"),
        ({"limits": {"patience": 3}}, "unknown field `patience`"),
        ({"limits": {"requests": 0}}, "`int` >= 1"),
        (
            {"history": [{"at": "2026-03-01T12:00:00Z", "who": "x", "what": "sung", "version": 1, "weight": 0}]},
            "'sung'",
        ),
        ({"history": [json.loads(encoded(idle()))["history"][0]] * (MOST_EVENTS + 1)}, f"length <= {MOST_EVENTS}"),
        ({"candidate": None}, "without a candidate"),
        ({"candidate": None, "weight": 0, "steps": []}, "no promotion"),
        ({"candidate": 1}, "at once"),
        ({"previous": 1}, "at once"),
        ({"previous": 2}, "at once"),
        ({"steps": [25, 25]}, "rise"),
        ({"steps": [3, 25]}, "rise from the weight"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_is_wrong_is_named(members: dict[str, object], reason: str) -> None:
    with pytest.raises(PlanError, match="damaged") as refusal:
        decoded(document(**members))
    assert reason in str(refusal.value)


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{}", b"\xff\xfe", b'{"model": "\xff"}', document()[:-1], document() + b"}"],
    ids=["empty", "null", "list", "nothing in it", "no text", "no UTF-8", "cut", "too long"],
)
def test_damaged_documents(body: bytes) -> None:
    with pytest.raises(PlanError, match="the plan is damaged"):
        decoded(body)
