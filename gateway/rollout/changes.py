"""What may become of a plan: pure functions from one to the next, each noting who did it and why."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from gateway.rollout.plan import MOST_EVENTS, Deed, Event, Limits, Plan, PlanError


@dataclass(frozen=True)
class Actor:
    """Whose change it is: `who`, with a reason for people, at a time (UTC, aware)."""

    who: str
    at: datetime
    why: str = ""


@dataclass(frozen=True)
class Course:
    """How a candidate is brought in: the weights one after the other, how long each is held, who is shown it beside."""

    steps: tuple[int, ...]
    hold_seconds: float = 600.0
    shadow: float = 0.0
    shadow_budget: float = 0.1
    limits: Limits = field(default_factory=Limits)


def made(model: str, stable: int, actor: Actor) -> Plan:
    """The first plan of a model: what is served goes on."""
    event = Event(at=actor.at, who=actor.who, what="made", version=stable, weight=0, why=actor.why)
    return Plan(model=model, stable=stable, begun=actor.at, stepped=actor.at, history=(event,))


def started(plan: Plan, version: int, course: Course, actor: Actor) -> Plan:
    """A candidate at weight 0: the first step is taken when every instance has loaded it. Raises PlanError."""
    if plan.candidate is not None:
        raise PlanError(
            f"version {plan.candidate} is being rolled out at {plan.weight} %: promote it or roll it back before another"
        )
    if version == plan.stable:
        raise PlanError(f"version {version} is the stable one already")
    _require_rising(course.steps)
    return _next(
        plan,
        actor,
        "started",
        version=version,
        weight=0,
        candidate=version,
        steps=course.steps,
        hold_seconds=course.hold_seconds,
        promotes=course.steps[-1] == 100,
        shadow=course.shadow,
        shadow_budget=course.shadow_budget,
        limits=course.limits,
        previous=None,
        begun=actor.at,
        stepped=actor.at,
    )


def weighted(plan: Plan, weight: int, actor: Actor) -> Plan:
    """The candidate at a weight that an operator chose: it stays there, whatever steps were to follow. Raises PlanError."""
    version = _candidate(plan)
    if not 0 <= weight <= 100:
        raise PlanError(f"weight must be 0 to 100, not {weight}")
    return _next(plan, actor, "weight", version=version, weight=weight, steps=(), promotes=False, stepped=actor.at)


def shadowed(plan: Plan, rate: float, actor: Actor) -> Plan:
    """The candidate, shown another share of the pictures. Raises PlanError."""
    version = _candidate(plan)
    if not 0 <= rate <= 1:
        raise PlanError(f"the shadow rate must be 0 to 1, not {rate:g}")
    return _next(plan, actor, "shadow", version=version, shadow=rate)


def stepped(plan: Plan, actor: Actor) -> Plan:
    """The candidate at its next step. Raises PlanError."""
    version = _candidate(plan)
    if not plan.steps:
        raise PlanError("no step is left")
    weight, *left = plan.steps
    return _next(plan, actor, "stepped", version=version, weight=weight, steps=tuple(left), stepped=actor.at)


def promoted(plan: Plan, actor: Actor) -> Plan:
    """The candidate as the stable version; what was stable stays loaded. Raises PlanError."""
    version = _candidate(plan)
    return _next(
        plan,
        actor,
        "promoted",
        version=version,
        weight=0,
        stable=version,
        candidate=None,
        previous=plan.stable,
        steps=(),
        promotes=False,
        shadow=0.0,
        stepped=actor.at,
    )


def rolled_back(plan: Plan, actor: Actor) -> Plan:
    """Without its candidate or, where there is none, with the version that was stable before. Raises PlanError."""
    stable, gone = plan.stable, plan.candidate
    if gone is None:
        if plan.previous is None:
            raise PlanError("there is nothing to roll back: no candidate, and no earlier version is kept")
        stable, gone = plan.previous, plan.stable
    return _next(
        plan,
        actor,
        "rolled back",
        version=gone,
        weight=0,
        stable=stable,
        candidate=None,
        previous=None,
        steps=(),
        promotes=False,
        shadow=0.0,
        stepped=actor.at,
    )


def _candidate(plan: Plan) -> int:
    if plan.candidate is None:
        raise PlanError("no version is being rolled out: start one before")
    return plan.candidate


def _require_rising(steps: Sequence[int]) -> None:
    rising = all(low < high for low, high in zip((0, *steps), steps, strict=False))
    if not steps or not rising or steps[-1] > 100:
        raise PlanError(f"steps must rise from 1 to at most 100, such as 1,5,25,100, not {','.join(map(str, steps))!r}")


def _next(plan: Plan, actor: Actor, what: Deed, *, version: int, **members: Any) -> Plan:
    weight = members.get("weight", plan.weight)
    event = Event(at=actor.at, who=actor.who, what=what, version=version, weight=weight, why=actor.why)
    return msgspec.structs.replace(plan, **members, history=(*plan.history, event)[-MOST_EVENTS:])
