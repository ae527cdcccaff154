"""A rollout plan as it is stored."""

from gateway.rollout.plan import MOST_EVENTS, PlanError, decoded, encoded
from tests.fuzz.target import Target


def run(data: bytes) -> None:
    plan = decoded(data)
    assert decoded(encoded(plan)) == plan
    assert 1 <= len(plan.versions) <= 3 and len(plan.history) <= MOST_EVENTS
    assert plan.pair is None or min(plan.pair) >= 1


TARGET = Target(
    "plan",
    run,
    (PlanError,),
    (
        b'"stable":1',
        b'"candidate":2',
        b'"candidate":null',
        b'"previous":3',
        b'"weight":10',
        b'"steps":[25,100]',
        b'"shadow":0.1',
        b'"shadow_budget":0.01',
        b'"promotes":true',
        b'"limits":{}',
        b'"window_seconds":5',
        b'"history":[]',
        b'"begun":"2026-01-01T00:00:00Z"',
        b'"format":1',
        b'"what":"promoted"',
        b"NaN",
        b"1e400",
        b"2147483648",
        b"null",
        b'"\\ud800"',
    ),
)
