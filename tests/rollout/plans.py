"""Plans as the tests need them."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from gateway.rollout import changes
from gateway.rollout.changes import Actor, Course
from gateway.rollout.plan import Plan

NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
MODEL: Final = "inspyrenet"
ANNA: Final = Actor("anna", NOON, "new weights")


def later(seconds: float) -> datetime:
    """So long after noon."""
    return NOON + timedelta(seconds=seconds)


def idle(stable: int = 1) -> Plan:
    """Made at noon; nothing is rolled out."""
    return changes.made(MODEL, stable, ANNA)


def rolling(version: int = 2, *steps: int, weight: int | None = None, **course: Any) -> Plan:
    """Version 1 is stable and another one started at noon; with a `weight`, it stands at that one since."""
    plan = changes.started(idle(), version, Course(steps or (1, 5, 25, 100), **course), ANNA)
    while weight is not None and plan.weight < weight:
        plan = changes.stepped(plan, ANNA)
    return plan
