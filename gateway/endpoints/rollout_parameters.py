"""Parameters of the rollout's routes."""

from typing import Annotated

import msgspec
from msgspec import Meta

from gateway.errors import InvalidParameter
from gateway.rollout.changes import Course
from gateway.rollout.plan import Limits, Version, Weight

Generation = Annotated[
    int, Meta(ge=0, description="of the plan, as the status shows it: it is changed only if it is still that one")
]
Why = Annotated[
    str,
    Meta(
        max_length=500,
        pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*\Z",
        description="one line of up to 500 characters, for the history",
    ),
]
Rate = Annotated[float, Meta(ge=0, le=1)]


class ChangeParameters(msgspec.Struct, frozen=True, kw_only=True):
    """Of every change: of POST /admin/rollout/promote and /rollback these alone."""

    why: Why = ""
    generation: Generation | None = None


class WeightParameters(ChangeParameters, frozen=True, kw_only=True):
    """Of POST /admin/rollout/weight."""

    weight: Weight


class ShadowParameters(ChangeParameters, frozen=True, kw_only=True):
    """Of POST /admin/rollout/shadow."""

    rate: Annotated[Rate, Meta(description="share of the pictures that the other version is shown as well")]


class StartParameters(ChangeParameters, frozen=True, kw_only=True):
    """Of POST /admin/rollout/start."""

    version: Version
    stable: Annotated[Version, Meta(description="what goes on; only where there is no plan yet")] | None = None
    steps: Annotated[
        str, Meta(pattern=r"^[0-9]{1,3}(,[0-9]{1,3}){0,19}\Z", description="percents that rise, such as 1,5,25,100")
    ] = "10"
    hold_seconds: Annotated[float, Meta(ge=0, le=30 * 86_400, description="for which each step is held")] = 600.0
    shadow: Annotated[Rate, Meta(description="share of the pictures that the other version is shown as well")] = 0.0
    shadow_budget: Annotated[
        float, Meta(ge=0.01, le=1, description="share of an instance's time for that, at most")
    ] = 0.1
    error_rate: Annotated[Rate, Meta(description="of the candidate, above the stable version's, at most")] = 0.02
    p95_ratio: Annotated[float, Meta(gt=0, le=1000, description="of seconds, to the stable version's, at most")] = 1.5
    disagreement: Annotated[Rate, Meta(description="mean of 1 - IoU of both versions' masks, at most")] = 0.15
    requests: Annotated[int, Meta(ge=1, le=10**6, description="before errors and seconds are judged")] = 50
    pictures: Annotated[int, Meta(ge=1, le=10**6, description="shown to both, before masks are judged")] = 20
    window_seconds: Annotated[float, Meta(ge=5, le=3600, description="what is older is not judged")] = 600.0

    @property
    def course(self) -> Course:
        """How the candidate is brought in. Raises InvalidParameter."""
        steps = tuple(map(int, self.steps.split(",")))
        if not all(low < high for low, high in zip((0, *steps), steps, strict=False)) or steps[-1] > 100:
            raise InvalidParameter("steps must rise from 1 to at most 100, such as 1,5,25,100.")
        limits = Limits(**{name: getattr(self, name) for name in Limits.__struct_fields__})
        return Course(steps, self.hold_seconds, self.shadow, self.shadow_budget, limits)
