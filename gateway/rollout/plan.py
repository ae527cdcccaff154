"""The plan: which version of a model answers whom. A value; the store holds the one that counts."""

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

FORMAT: Final = 1
MOST_EVENTS: Final = 200
"""Of a plan's history; the oldest go first."""

Version = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Weight = Annotated[int, Meta(ge=0, le=100)]
Share = Annotated[float, Meta(ge=0, le=1)]
Budget = Annotated[float, Meta(ge=0.01, le=1)]
Moment = Annotated[datetime, Meta(tz=True)]
Seconds = Annotated[float, Meta(ge=0, le=30 * 86_400)]
Deed = Literal["made", "started", "weight", "shadow", "stepped", "promoted", "rolled back"]


class PlanError(Exception):
    """The plan does not allow this change; the text, for operators, says why and what helps."""


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Past any of them a candidate is rolled back, once there is enough to judge by within the window."""

    error_rate: Annotated[
        Share, Meta(description="share of the candidate's requests that fail, above the stable version's")
    ] = 0.02
    p95_ratio: Annotated[
        float, Meta(gt=0, le=1000, description="of the candidate's 95th percentile of seconds to the stable version's")
    ] = 1.5
    disagreement: Annotated[Share, Meta(description="mean of 1 - IoU of the two versions' masks")] = 0.15
    requests: Annotated[int, Meta(ge=1, le=10**6, description="before errors and seconds are judged")] = 50
    pictures: Annotated[int, Meta(ge=1, le=10**6, description="shown to both, before masks are judged")] = 20
    window_seconds: Annotated[float, Meta(ge=5, le=3600, description="what is older does not count")] = 600.0


class Event(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who did what, when and why. `who` is a key's id, or an instance of the service that followed the guard."""

    at: Moment
    who: str
    what: Deed
    version: Version
    weight: Weight
    why: str = ""


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of one model. Nobody edits it in place: gateway/rollout/changes.py makes the next one.

    Attributes:
        stable: the version that answers whom the candidate does not.
        candidate: the one that is tried; None between two rollouts.
        weight: percent of the callers that the candidate answers.
        steps: the weights that follow, in their order; the guard takes the next one when this one has held.
        hold_seconds: how long a step is held before the next one.
        promotes: whether the candidate becomes the stable version when it has held at 100 percent.
        shadow: share of the pictures that the other version is shown as well.
        shadow_budget: share of its time that an instance has for that, at most.
        previous: what was stable before, kept loaded to be returned to.
        begun: when this rollout was started; counts belong to it by this time.
        stepped: when the weight was last changed.
    """

    model: str
    stable: Version
    begun: Moment
    stepped: Moment
    candidate: Version | None = None
    weight: Weight = 0
    steps: tuple[Weight, ...] = ()
    hold_seconds: Seconds = 600.0
    promotes: bool = False
    shadow: Share = 0.0
    shadow_budget: Budget = 0.1
    limits: Limits = Limits()
    previous: Version | None = None
    history: Annotated[tuple[Event, ...], Meta(max_length=MOST_EVENTS)] = ()
    format: Literal[1] = FORMAT

    def __post_init__(self) -> None:
        if self.candidate is None and (self.weight or self.steps or self.shadow or self.promotes):
            raise ValueError("without a candidate there is no weight, no step, no shadow and no promotion")
        if len(set(self.versions)) < len(self.versions):
            raise ValueError("a version cannot be stable, candidate and previous at once")
        if any(low >= high for low, high in pairwise((self.weight, *self.steps))):
            raise ValueError("the steps have to rise from the weight")

    @property
    def pair(self) -> tuple[int, int] | None:
        """The stable version and the candidate of the rollout, or of the one that has ended; None before the first."""
        if self.candidate is not None:
            return self.stable, self.candidate
        last = self.history[-1] if self.history else None
        if last is None or last.what not in ("promoted", "rolled back"):
            return None
        return (self.previous or self.stable, self.stable) if last.what == "promoted" else (self.stable, last.version)

    @property
    def versions(self) -> tuple[int, ...]:
        """What has to be loaded, the most important first."""
        return tuple(each for each in (self.stable, self.candidate, self.previous) if each is not None)


def encoded(plan: Plan) -> bytes:
    """As it is stored."""
    return msgspec.json.encode(plan)


def decoded(document: bytes | Mapping[str, object]) -> Plan:
    """The plan in a document. Raises PlanError naming what is wrong in it."""
    try:
        if isinstance(document, bytes):
            return msgspec.json.decode(document, type=Plan)
        return msgspec.convert(document, type=Plan)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:  # ValidationError is one of the first
        raise PlanError(f"the plan is damaged: {error}") from error
